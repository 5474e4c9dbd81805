import type { SallyportError } from '@sallyport/protocol/errors';

/** The stations of the way of a byte, from the device outwards. */
export const legNames = ['device', 'gateway', 'internet', 'relay', 'representative'] as const;
export const legStates = ['ok', 'waiting', 'broken', 'unknown'] as const;
/** `tls`: between device and relay. `end-to-end`: to the representative; whoever stands in between, the relay too, reads nothing. */
export const protections = ['tls', 'end-to-end'] as const;

export type LegName = (typeof legNames)[number];
/** How a station stands, and the way to it from the one before. */
export type Leg = {
  readonly leg: LegName;
  readonly state: (typeof legStates)[number];
  /** Milliseconds, there and back. */
  readonly roundTripMs?: number;
  /** Of the bytes that go over it now; absent while none of ours do. */
  readonly protects?: (typeof protections)[number];
  readonly problem?: SallyportError;
};

/** What the site's gateway is known to do: `none` if there is no default gateway, undefined if nothing tells. */
export type GatewayAnswer = 'answers' | 'silent' | 'none' | undefined;

export type PathInput = {
  /** What keeps the device itself from it: no identity, a disk that is full. */
  readonly trouble: SallyportError | undefined;
  /** Whether Remote Support is enabled. */
  readonly wanted: boolean;
  readonly gateway: GatewayAnswer;
  /** What to say of a gateway that is missing or silent. */
  readonly gatewayProblem: (answer: 'silent' | 'none') => SallyportError;
  readonly tunnel: {
    readonly at: 'off' | 'dialling' | 'up' | 'resting';
    readonly problem: SallyportError | undefined;
    readonly roundTripMs: number | undefined;
  };
  readonly sessions: readonly {
    readonly state: 'live' | 'suspended';
    readonly roundTripMs: number | undefined;
  }[];
};

/** What is known to go wrong before the relay: a name, a route, a proxy, somebody in between who answers in its place. */
const beforeRelay: ReadonlySet<string> = new Set([
  'relay-no-route',
  'relay-name-unresolved',
  'relay-not-ours',
  'proxy-unreachable',
  'proxy-password',
  'proxy-refused',
  'proxy-failed',
]);
/** Where a firewall and the relay look the same from here. */
const somewhere: ReadonlySet<string> = new Set([
  'relay-no-answer',
  'relay-refused',
  'relay-cut',
  'timed-out',
]);

/** How each leg of the way stands. Says only what was measured or has just happened, and `unknown` otherwise. */
export function legsOf(input: PathInput): readonly Leg[] {
  const { trouble, sessions } = input;
  const live = sessions.filter(({ state }) => state === 'live');
  const carried = input.tunnel.at === 'up' || live.length > 0;
  const protects = live.length > 0 ? ('end-to-end' as const) : carried ? ('tls' as const) : undefined;
  const through = protects === undefined ? {} : { protects };
  return [
    { leg: 'device', ...(trouble ? { state: 'broken', problem: trouble } : { state: 'ok' }) },
    { leg: 'gateway', ...gatewayOf(input, carried), ...through },
    { leg: 'internet', ...outsideOf(input, 'internet', live.length > 0), ...through },
    { leg: 'relay', ...outsideOf(input, 'relay', live.length > 0), ...through },
    { leg: 'representative', ...representativeOf(input) },
  ];
}

type Stand = Omit<Leg, 'leg' | 'protects'>;

function gatewayOf({ gateway, gatewayProblem, wanted }: PathInput, carried: boolean): Stand {
  if (!wanted || gateway === undefined) return { state: 'unknown' };
  if (gateway === 'answers') return { state: 'ok' };
  // The relay is reached without it: by a proxy, another gateway, the own network.
  if (carried) return { state: 'unknown' };
  return { state: 'broken', problem: gatewayProblem(gateway) };
}

function outsideOf({ wanted, tunnel }: PathInput, leg: 'internet' | 'relay', isIn: boolean): Stand {
  if (!wanted) return { state: 'unknown' };
  if (tunnel.at === 'up') {
    const { roundTripMs } = tunnel;
    return { state: 'ok', ...(leg === 'relay' && roundTripMs !== undefined ? { roundTripMs } : {}) };
  }
  const { problem } = tunnel;
  if (!problem || problem.code === 'connection-lost') {
    // Somebody who is in proves that bytes still pass.
    return { state: isIn && leg === 'internet' ? 'ok' : 'waiting' };
  }
  const early = beforeRelay.has(problem.code);
  if (early === (leg === 'internet')) return { state: 'broken', problem };
  // What lies behind the break, or before one that may be anywhere, is not known; a relay that says no was reached.
  return { state: early || somewhere.has(problem.code) ? 'unknown' : 'ok' };
}

function representativeOf({ wanted, tunnel, sessions }: PathInput): Omit<Leg, 'leg'> {
  if (!wanted) return { state: 'unknown' };
  const live = sessions.filter(({ state }) => state === 'live');
  if (live.length === 0) return { state: sessions.length > 0 || tunnel.at === 'up' ? 'waiting' : 'unknown' };
  const [only] = live;
  // Of several, each session has its own.
  const measured = live.length === 1 ? only?.roundTripMs : undefined;
  return {
    state: 'ok',
    protects: 'end-to-end',
    ...(measured === undefined ? {} : { roundTripMs: measured }),
  };
}
