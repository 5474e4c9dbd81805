import type { SallyportError } from '@sallyport/protocol/errors';
import { fail as protocolFail } from '@sallyport/protocol/errors';
import { keyWords } from '@sallyport/protocol/keyWords';
import { askMs } from '@sallyport/protocol/session';
import { printable } from '@sallyport/protocol/text';
import type { Ask, Waiting } from '../approval/index.ts';
import { fail } from '../errors/index.ts';
import { failureOf, type GrantState } from '../grant/index.ts';
import type { DeviceIdentity } from '../identity/index.ts';
import { type GatewayAnswer, type Leg, legsOf } from '../path/index.ts';
import type { Refusal, Session } from '../session/index.ts';
import { describeOff, type RelayTime, type Tunnel } from '../tunnel/index.ts';
import type { AgentConfig } from './config.ts';
import { type Problem, problemOf, type Status } from './status.ts';

/** The port number of this grant that is not valid any more, and why. */
export type PortChange = { readonly from: number; readonly why: 'taken' | 'forgotten' };

export type ViewInput = {
  readonly grant: GrantState;
  readonly leftMs: number;
  readonly time: Pick<RelayTime, 'best' | 'offMs'>;
  readonly tunnel: Pick<Tunnel, 'at' | 'problem' | 'roundTripMs'>;
  readonly gateway: GatewayAnswer;
  readonly sessions: readonly Session[];
  readonly waiting: readonly Waiting[];
  readonly asks: readonly Ask[];
  readonly refusals: readonly Refusal[];
  readonly identity: DeviceIdentity | undefined;
  readonly outboundPort: number | undefined;
  readonly runAs: AgentConfig['runAs'];
  readonly portChange: PortChange | undefined;
  /** Of those who came in this grant, whom the maker revoked. */
  readonly revoked: readonly SallyportError[];
  /** Why the agent cannot store what happens, if it cannot. */
  readonly trouble: SallyportError | undefined;
  /** What sessions that have ended left behind. */
  readonly left: SallyportError | undefined;
  /** Whether the OTP of now took the place of a live one at a restart. */
  readonly otpReplaced: boolean;
};

const iso = (ms: number): string => new Date(ms).toISOString();

/** The agent's state as everybody who may look sees it. */
export function viewStatus(input: ViewInput): Status {
  const { grant: state, identity, tunnel } = input;
  const relay = identity && {
    host: identity.host,
    device: identity.id,
    ...(tunnel.at === 'up' && input.outboundPort !== undefined ? { port: input.outboundPort } : {}),
  };
  const common = {
    problem: problem(input),
    notices: notices(input),
    tunnel: tunnel.at,
    relay: relay ?? null,
    sessions: input.sessions.map(viewSession),
    waiting: input.waiting.map((one) => ({ ...one, keyWords: keyWords(one.key), since: iso(one.since) })),
    asks: input.asks.map(viewAsk),
    refusals: input.refusals.map((one) => viewRefusal(one, state)),
    path: viewPath(input),
  };
  if (state.at === 'disabled' || state.at === 'ended') {
    const ended = state.at === 'ended' ? { ended: state.reason } : {};
    return { state: 'disabled', ...ended, scopes: [], approval: false, paired: [], failures: [], ...common };
  }
  const { grant } = state;
  return {
    state: state.at,
    grant: grant.id,
    ...(state.at === 'open' ? { port: state.port } : {}),
    otp: grant.password.at,
    endsAt: iso(input.time.best() + input.leftMs),
    leftMs: Math.round(input.leftMs),
    scopes: [...grant.scopes],
    approval: grant.approval,
    ...(grant.reference === undefined ? {} : { reference: grant.reference }),
    ...common,
    paired: grant.pins.map(({ representative, key, since }) => ({
      representative,
      key,
      keyWords: keyWords(key),
      since: iso(since),
    })),
    failures: grant.failures.map(({ representative, key, count, blocked }) => ({
      representative,
      key,
      keyWords: keyWords(key),
      count,
      ...(blocked === undefined ? {} : { blocked }),
    })),
  };
}

function viewSession(session: Session): Status['sessions'][number] {
  const { id, representative, key, state, since } = session;
  return {
    id,
    representative,
    key,
    keyWords: keyWords(key),
    state,
    paused: session.input.held,
    since: iso(since),
    ...measured(session),
    channels: session.channels().map((channel) => ({ ...channel, since: iso(channel.since) })),
  };
}

/** Only of now: what a lost connection took is no news. */
function measured({ state, stream }: Session): { roundTripMs?: number } {
  const { roundTripMs } = stream.stats();
  return state === 'live' && roundTripMs !== undefined ? { roundTripMs: rounded(roundTripMs) } : {};
}

/** To a tenth of a millisecond. */
const rounded = (ms: number): number => Math.round(ms * 10) / 10;

function viewAsk({
  id,
  session,
  representative,
  key,
  scopes,
  forMs,
  why,
  since,
}: Ask): Status['asks'][number] {
  return {
    id,
    session,
    representative,
    key,
    keyWords: keyWords(key),
    what: {
      ...(scopes.length === 0 ? {} : { scopes: [...scopes] }),
      ...(forMs === undefined ? {} : { forMs }),
    },
    why,
    since: iso(since),
    until: iso(since + askMs),
  };
}

function viewRefusal(
  { representative, key, error, at, count }: Refusal,
  state: GrantState,
): Status['refusals'][number] {
  const running = state.at === 'waiting' || state.at === 'open';
  return {
    representative,
    key,
    keyWords: keyWords(key),
    code: error.code,
    text: printable(error.message, 500),
    when: iso(at),
    count,
    blocked: running && failureOf(state.grant, key)?.blocked !== undefined,
  };
}

function viewPath({ identity, trouble, grant, gateway, tunnel, sessions }: ViewInput): Status['path'] {
  const legs = legsOf({
    trouble: identity ? trouble : fail('not-enrolled'),
    wanted: grant.at === 'waiting' || grant.at === 'open',
    gateway,
    gatewayProblem: (answer) => fail(answer === 'none' ? 'gateway-missing' : 'gateway-silent'),
    tunnel,
    sessions: sessions.map(({ state, stream }) => ({ state, roundTripMs: stream.stats().roundTripMs })),
  });
  return legs.map(viewLeg);
}

function viewLeg({ problem, roundTripMs, ...leg }: Leg): Status['path'][number] {
  return {
    ...leg,
    ...(roundTripMs === undefined ? {} : { roundTripMs: rounded(roundTripMs) }),
    ...(problem === undefined ? {} : { problem: problemOf(problem) }),
  };
}

function problem({ identity, tunnel, grant, left }: ViewInput): Problem | null {
  if (!identity) return problemOf(fail('not-enrolled'));
  const behind = left ? problemOf(left) : null;
  const wanted = grant.at === 'waiting' || grant.at === 'open';
  if (!wanted || tunnel.at === 'up' || tunnel.problem === undefined) return behind;
  return problemOf(tunnel.problem);
}

function notices({ time, portChange, otpReplaced, revoked, runAs, trouble }: ViewInput): Problem[] {
  const found: SallyportError[] = [...(trouble ? [trouble] : []), ...revoked];
  const offMs = time.offMs();
  if (offMs !== undefined) found.push(fail('clock-wrong', { details: { off: describeOff(offMs) } }));
  if (portChange) {
    const reason =
      portChange.why === 'taken'
        ? `another grant has ${portChange.from} now`
        : `the relay no longer knew ${portChange.from}`;
    const { from, why } = portChange;
    found.push(protocolFail('port-number-changed', { details: { reason, from, why } }));
  }
  if (otpReplaced) found.push(fail('otp-replaced'));
  if (runAs.kind === 'same-user') found.push(fail('run-as-same-user'));
  return found.map(problemOf);
}
