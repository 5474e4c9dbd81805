/** A light device: the agent's own tunnel with its own rules of coming back, and nothing behind it. */
import { type Clock, type Random, silentLog } from '@sallyport/protocol/environment';
import { type GrantId, longestGrantMs, makeGrantId, type PortNumber } from '@sallyport/protocol/grant';
import { type Authority, type AuthorityPems, parseAuthority } from '@sallyport/protocol/identity';
import {
  type Knock,
  openLink,
  type RelayRoute,
  reachRelay,
  Tunnel,
} from '../../../packages/device/src/tunnel/index.ts';
import type { FleetMember } from './enrol.ts';

export type FleetPlace = {
  readonly host: string;
  readonly ports: readonly number[];
  readonly authority: AuthorityPems;
};

export type LightDevice = {
  readonly grant: GrantId;
  readonly route: RelayRoute;
  start(): void;
  stop(): void;
};

type Events = {
  /** The relay has opened the grant, for the first time or again. */
  readonly opened: (port: PortNumber) => void;
  /** There is no tunnel any more, or none yet. */
  readonly lost: (code: string) => void;
  readonly knock?: (knock: Knock) => void;
};

/** As the agent's own (`agent/relayPath.ts`): a try to reach the relay ends after this. */
const reachMs = 20_000;
let parsed: { pems: AuthorityPems; authority: Authority } | undefined;

export function makeLightDevice(
  member: FleetMember,
  place: FleetPlace,
  { clock, random, events }: { clock: Clock; random: Random; events: Events },
): LightDevice {
  if (parsed?.pems !== place.authority)
    parsed = { pems: place.authority, authority: parseAuthority(place.authority) };
  const { authority } = parsed;
  // As the agent: the leaf alone, the relay has the rest.
  const route = {
    host: place.host,
    ports: place.ports,
    authority,
    identity: { key: member.key, certificate: member.certificate },
  };
  const grant = makeGrantId(random);
  let port: PortNumber | undefined;
  let up = false;
  let known: Tunnel['problem'];
  const tunnel: Tunnel = new Tunnel({
    clock,
    random,
    log: silentLog,
    version: 'fleet',
    dial: async (listener, signal) => {
      const { socket } = await reachRelay(route, {
        lastPort: undefined,
        timeoutMs: reachMs,
        now: () => clock.wallMs(),
        atLeast: 0,
        clock,
        signal,
      });
      return openLink({ socket, host: place.host, clock, signal, listener });
    },
    terms: () => ({
      grant,
      leftMs: longestGrantMs,
      scopes: ['terminal', 'files:write', 'web'],
      ...(port === undefined ? {} : { port }),
    }),
    opened: (opened) => {
      port = opened.port;
    },
    knock: (knock) => events.knock?.(knock),
    revoked: () => {},
    up: () => {},
    noted: () => {},
    changed: () => {
      const now = tunnel.at === 'up';
      if (now && !up && port !== undefined) events.opened(port);
      const { problem } = tunnel;
      // It is told of more than once.
      if (!now && problem && problem !== known) events.lost(problem.code);
      known = problem;
      up = now;
    },
  });
  return { grant, route, start: () => tunnel.start(), stop: () => tunnel.stop() };
}
