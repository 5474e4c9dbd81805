import type { ClientHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import type { Clock, Random } from '@sallyport/protocol/environment';
import { fail, type SallyportError } from '@sallyport/protocol/errors';
import { allows, type GrantId, longestGrantMs, type PortNumber, type Scope } from '@sallyport/protocol/grant';
import { ResumableStream } from '@sallyport/protocol/stream';
import { passedThrough } from '@sallyport/runtime/memory';
import { watchNetwork } from '@sallyport/runtime/ownNetwork';
import { freshIdentity } from '../identity/index.ts';
import type { PinFolder } from '../pins/index.ts';
import { Witness } from '../receipts/index.ts';
import type { Caller } from '../relay/index.ts';
import { type Channels, openChannels } from './channels.ts';
import { reachDevice } from './deviceLeg.ts';
import { hearNotices } from './deviceNotices.ts';
import { type Entered, mustBePinned } from './entry.ts';
import { askResume, beginHello } from './hello.ts';
import type { Notice } from './notice.ts';
import { keepConnected } from './reconnect.ts';

/** How long the last frame of a session may take to reach the device. */
const farewellMs = 1_000;

/** A representative's session within a grant, for as long as it is wanted, over however many connections. */
export type Session = {
  readonly port: PortNumber;
  readonly grant: GrantId;
  readonly device: string;
  /** As the administrator changes them. */
  readonly scopes: readonly Scope[];
  /** The grant's SSH host key as in a known-hosts file. */
  readonly hostKey: string;
  /** What was left of the grant when the session opened, in milliseconds. */
  readonly leftMs: number;
  /** @throws scope-refused, without asking the device, if the grant does not have the scope */
  mustAllow(scope: Scope): void;
  /** As `Channels.open`; if the session is over, it throws why. */
  openChannel(name: string, first?: Uint8Array): Promise<ClientHttp2Stream>;
  /** Calls `listener` whenever a lost connection is back. */
  onBack(listener: () => void): void;
  /** Whether the device said that it ends the session: why comes in a moment, by `ended`. */
  readonly ending: boolean;
  /** Resolves, with the reason, when the session has ended for good. */
  readonly ended: Promise<SallyportError>;
  /** Ends it, and tells the device. */
  end(): Promise<void>;
};

export type SessionTerms = {
  readonly caller: Caller;
  readonly pins: PinFolder;
  readonly random: Random;
  readonly notice: Notice;
};

/** Begins the session on the inner connection that was entered. */
export function beginSession({ hello, opened, pin }: Entered, terms: SessionTerms): Session {
  const { caller, pins, notice, random } = terms;
  const { clock } = caller;
  if (pin.hostKey !== opened.hostKey) pins.keep({ ...pin, hostKey: opened.hostKey });

  const stream = new ResumableStream({ clock, id: opened.stream, passed: passedThrough });
  stream.on('error', () => {});
  let scopes = opened.scopes;
  let generation = 0;
  let connection: Duplex = hello.channel.release();
  let over: SallyportError | undefined;
  const ended = new Promise<SallyportError>((resolve) => {
    stream.once('ended', ({ by, error }: { by: string; error: SallyportError }) => {
      over ??= by === 'us' ? error : error.at('device');
      notice.end();
      resolve(over);
    });
  });
  const resume = async (signal: AbortSignal): Promise<void> => {
    const identity = await freshIdentity({ ...caller, signal });
    const reached = await reachDevice({ ...caller, identity, signal }, pin.port);
    try {
      mustBePinned(reached, pin);
      const hello = beginHello(reached, { clock, signal, onApproval: () => {} });
      generation += 1;
      const terms = {
        port: pin.port,
        grant: pin.grant,
        stream: stream.id,
        generation,
        received: stream.received,
      };
      const peerReceived = await askResume(hello, terms);
      connection = hello.channel.release();
      stream.attach(connection, { generation, peerReceived });
    } catch (error) {
      reached.socket.destroy();
      throw error;
    }
  };
  stream.on('suspended', () => notice.lost());
  stream.on('live', () => notice.back());
  const connected = keepConnected({
    stream,
    clock,
    random,
    // Not the end as it was when the session opened: the administrator may move it while nobody can tell us.
    endsAtBootMs: clock.bootMs() + longestGrantMs,
    resume,
    onGivenUp: (error) => {
      over = error;
      stream.endDeliberately(error.code);
    },
  });
  const network = watchNetwork({
    clock,
    changed: () => {
      stream.doubt();
      connected.hurry();
    },
  });
  stream.once('close', () => network.stop());
  stream.attach(connection, { generation, peerReceived: 0 });
  const channels: Channels = openChannels(stream);
  void hearNotices(
    () => channels.open('notices'),
    (told) => {
      if (told.type === 'paused') notice.paused(told.paused);
      else if (told.type === 'watched') notice.watched(told.watched);
      else scopes = told.scopes;
    },
  );

  const witness = new Witness({
    data: caller.data,
    identity: caller.identity,
    clock,
    device: { id: pin.device, key: pin.deviceKey },
    grant: pin.grant,
    port: pin.port,
    session: stream.id,
    scopes: () => scopes,
    connected: () => stream.state === 'live' && !stream.destroyed,
    say: (text) => process.stderr.write(`sallyport: ${text}\n`),
  });
  void witness.listen(() => channels.open('receipt'));

  return {
    port: pin.port,
    grant: pin.grant,
    device: pin.device,
    get ending() {
      return witness.ending;
    },
    get scopes() {
      return scopes;
    },
    hostKey: opened.hostKey,
    leftMs: opened.leftMs,
    mustAllow: (scope) => {
      if (!allows(scopes, scope)) throw fail('scope-refused', { details: { scope }, leg: 'device' });
    },
    openChannel: async (name, first) => {
      const opened = witness.acts.asked(name, first);
      try {
        const channel = await channels.open(name, first);
        opened();
        return channel;
      } catch (error) {
        throw over ?? error;
      }
    },
    onBack: (listener) => void stream.on('live', listener),
    ended,
    end: async () => {
      const last = connection;
      await witness.finish(over?.code ?? 'session-closed', ended);
      if (!stream.destroyed) stream.endDeliberately('session-closed');
      channels.close();
      if (!last.destroyed) await closed(last, clock, farewellMs);
    },
  };
}

/** Resolves when a connection is closed, or after `ms`: what it still had to carry is with the other end then. */
function closed(connection: Duplex, clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.after(ms, resolve);
    connection.once('close', () => {
      timer.cancel();
      resolve();
    });
  });
}
