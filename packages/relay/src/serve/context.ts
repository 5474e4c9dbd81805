import type { Duplex } from 'node:stream';
import type { Clock, Log, Random } from '@sallyport/protocol/environment';
import type { Issuer, StoredAuthority } from '../authority/index.ts';
import type { Bus } from '../bus/index.ts';
import type { GrantEnds } from '../grants/index.ts';
import type { HeldConnections } from '../hold/index.ts';
import type { SeenRepresentatives } from '../representatives/index.ts';
import type { LiveSessions, WaitingHalves } from '../session/index.ts';
import type { Store } from '../store/index.ts';
import type { TunnelHub } from '../tunnel/index.ts';
import type { Crowd } from './crowd.ts';

/** Whether the node takes new sessions, and if not, why. Once stopped, nothing is written any more. */
export type NodeState = { draining: boolean; databaseLost: boolean; stopped: boolean };

/** What a running node consists of; made in one place, `relay.ts`. */
export type Node = {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Host name of this node, and of the relay: the name that was enrolled. */
  readonly host: string;
  readonly relayHost: string;
  readonly store: Store;
  readonly bus: Bus;
  readonly authority: StoredAuthority;
  readonly issuer: Issuer;
  /** Connections that are through TLS and are no tunnel, no half session and no splice. */
  readonly guests: Crowd<Duplex>;
  readonly hub: TunnelHub;
  readonly waiting: WaitingHalves;
  readonly held: HeldConnections;
  readonly live: LiveSessions;
  readonly seen: SeenRepresentatives;
  readonly ends: GrantEnds;
  readonly state: NodeState;
};
