import type { Duplex } from 'node:stream';
import type { Clock, Log, Random } from '@sallyport/protocol/environment';
import { fail, SallyportError } from '@sallyport/protocol/errors';
import {
  allows,
  makeStreamId,
  type PortNumber,
  type Scope,
  type StreamId,
  type Ticket,
} from '@sallyport/protocol/grant';
import { type FromRepresentative, HelloChannel } from '@sallyport/protocol/session';
import { ReplayBudget, ResumableStream } from '@sallyport/protocol/stream';
import { passedThrough } from '@sallyport/runtime/memory';
import type { ApprovalQueue, AskDesk } from '../approval/index.ts';
import { type ChannelSession, InputGate, type SessionChannels } from '../channels/index.ts';
import { tellable } from '../errors/index.ts';
import { type Grant, type GrantShell, pinOf } from '../grant/index.ts';
import type { Receipts, SessionReceipt } from '../receipts/index.ts';
import type { AuditEvent, AuditFields, Revocations } from '../state/index.ts';
import type { Knock } from '../tunnel/index.ts';
import { ask } from './asking.ts';
import { admit, mustBePaired, refusalOf } from './checks.ts';
import { type Arrival, converse, type Entrance } from './entry.ts';
import { type Half, Halves } from './halves.ts';
import { LeftBehind } from './leftBehind.ts';
import { PairingDesk } from './pairing.ts';
import { findPlace } from './places.ts';
import { recordOf } from './record.ts';
import type { Refusals } from './refusals.ts';
import { Session } from './session.ts';

/** How long a refused connection may take to carry the refusal away, in milliseconds. */
const farewellMs = 1_000;

export type SessionsOptions = {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly grant: GrantShell;
  readonly approvals: ApprovalQueue;
  readonly asks: AskDesk;
  readonly refusals: Refusals;
  readonly revocations: Pick<Revocations, 'has'>;
  /** The device as its certificate names it. */
  readonly device: () => { readonly id: string; readonly certificateSha256: string };
  /** Dials back to the node that knocked, and becomes TLS server on what it joins (steps 3 and 4). */
  readonly meet: (knock: Knock, signal: AbortSignal) => Promise<Arrival>;
  readonly decline: (ticket: Ticket, error: unknown) => void;
  /** Serves the channels of a session on its stream (steps 8 and 9). */
  readonly serve: (session: ChannelSession, stream: Duplex) => SessionChannels;
  /** Whether this device can serve a scope at all as it is configured. */
  readonly offers: (scope: Scope) => boolean;
  /** Where the sessions are signed for; none where only sessions are tried. */
  readonly receipts?: Receipts;
  readonly audit: (event: AuditEvent, fields: AuditFields) => void;
  readonly changed: () => void;
};

type Message<T extends FromRepresentative['type']> = Extract<FromRepresentative, { type: T }>;

/** The sessions of the open grant. A session that is over is absent. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #sessions = new Map<StreamId, Session>();
  /** By key, so that who is paused cannot go on in another session. */
  readonly #inputs = new Map<string, InputGate>();
  readonly #ending = new Set<Promise<void>>();
  readonly #following = new Set<Promise<void>>();
  readonly #onTerms = new Set<() => void>();
  readonly #left = new LeftBehind();
  readonly #halves = new Halves();
  readonly #budget = new ReplayBudget();
  readonly #pairing: PairingDesk;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#pairing = new PairingDesk(options);
  }

  list(): readonly Session[] {
    return [...this.#sessions.values()];
  }

  /** `processes-left`, while processes of sessions that have ended are there still. */
  left(): SallyportError | undefined {
    return this.#left.error();
  }

  /** A new grant begins. */
  begin(): void {
    this.#left.clear();
  }

  /** Follows a knock to its session, or says why not. Never throws. */
  follow(knock: Knock): Promise<void> {
    const following = this.#follow(knock)
      .catch((error: unknown) => this.#options.log.error('knock-failed-1', { error }))
      .finally(() => this.#following.delete(following));
    this.#following.add(following);
    return following;
  }

  /** Resolves when no knock is being followed and no session is ending any more. */
  async idle(): Promise<void> {
    while (this.#following.size + this.#ending.size > 0) {
      await Promise.allSettled([...this.#following, ...this.#ending]);
    }
  }

  async #follow(knock: Knock): Promise<void> {
    const { log, decline, meet } = this.#options;
    let half: Half | undefined;
    let arrival: Arrival | undefined;
    try {
      this.#mayKnock(knock);
      half = this.#halves.begin(knock.key);
      arrival = await meet(knock, half.signal);
      half.signal.throwIfAborted();
      if (arrival.peer.keySha256 !== knock.key || arrival.peer.id !== knock.representative) {
        throw fail('peer-untrusted', { details: { reason: 'it is not the representative who knocked' } });
      }
    } catch (error) {
      arrival?.socket.destroy();
      half?.done();
      log.warn('knock-not-followed-1', { representative: knock.representative, error });
      this.#recordRefusal(knock, error);
      decline(knock.ticket, tellable(error));
      return;
    }
    try {
      await this.#receive(arrival, half);
    } finally {
      half.done();
    }
  }

  /** What was refused is for the administrator to see; what failed on its way is not. */
  #recordRefusal({ representative, key }: Knock, error: unknown): void {
    const { refusals, clock, audit, changed } = this.#options;
    if (!refusals.add({ representative, key }, error, clock.wallMs())) return;
    const code = error instanceof SallyportError ? error.code : '';
    audit('knock-refused-1', { representative, keySha256: key, code });
    changed();
  }

  /** An administrator changed what the grant allows, or its end: who is in is told. */
  termsChanged(): void {
    for (const listener of this.#onTerms) listener();
  }

  /** Ends all sessions and all that would become one. Resolves when their processes are gone. */
  async endAll(error: SallyportError): Promise<void> {
    this.#halves.end(error);
    for (const session of this.list()) this.#end(session, error);
    this.#inputs.clear();
    await Promise.all(this.#ending);
  }

  /** Holds what a representative sends, in all their sessions of this grant, or lets it go on. @returns whether that is new */
  hold(key: string, held: boolean): boolean {
    const input = this.#inputOf(key);
    if (input.held === held) return false;
    if (held) input.hold();
    else input.release();
    return true;
  }

  #inputOf(key: string): InputGate {
    const input = this.#inputs.get(key) ?? new InputGate();
    this.#inputs.set(key, input);
    return input;
  }

  async endOf(key: string, error: SallyportError): Promise<void> {
    this.#halves.end(error, key);
    for (const session of this.list()) if (session.key === key) this.#end(session, error);
    await Promise.all(this.#ending);
  }

  /** @returns whether there was one */
  endOne(id: string, error: SallyportError, by: string): boolean {
    const session = this.list().find((one) => one.id === id);
    if (session) this.#end(session, error, by);
    return session !== undefined;
  }

  #mayKnock(knock: Knock): void {
    const { state } = this.#options.grant;
    if (state.at !== 'open') throw fail('grant-ended', { leg: 'device' });
    const refusal = refusalOf(state.grant, knock.key, this.#revoked);
    if (refusal) throw refusal.at('device');
  }

  readonly #revoked = (key: string): boolean => this.#options.revocations.has(key);

  async #receive(arrival: Arrival, half: Half): Promise<void> {
    const { clock, audit, log, refusals, changed } = this.#options;
    const { socket, peer } = arrival;
    const entrance = { arrival, half, channel: new HelloChannel(socket) };
    let taken = false;
    const onAbort = (): void => {
      clock.after(farewellMs, () => taken || socket.destroy());
    };
    half.signal.addEventListener('abort', onAbort);
    const refused = await converse(
      entrance.channel,
      {
        pair: (message) => this.#pairing.pair(entrance, message.port, () => this.#admit(entrance, message)),
        open: (message) => {
          this.#open(entrance, message);
          taken = true;
        },
        resume: (message) => {
          this.#resume(entrance, message);
          taken = true;
        },
      },
      { clock, signal: half.signal },
    );
    half.signal.removeEventListener('abort', onAbort);
    if (taken) return;
    if (refused) {
      log.debug('entry-refused-1', { representative: peer.id, error: refused });
      audit('entry-refused-1', { representative: peer.id, keySha256: peer.keySha256, code: refused.code });
      refusals.add({ representative: peer.id, key: peer.keySha256 }, refused, clock.wallMs());
      changed();
    }
    socket.end();
    const last = clock.after(farewellMs, () => socket.destroy());
    socket.once('close', () => last.cancel());
  }

  #admit(entrance: Entrance, message: Message<'pair' | 'open' | 'resume'>): Grant {
    entrance.half.signal.throwIfAborted();
    const entrant = { ...message, key: entrance.arrival.peer.keySha256 };
    return admit(this.#options.grant.state, entrant, this.#revoked);
  }

  #open(entrance: Entrance, message: Message<'open'>): void {
    const { clock, random, device, audit, serve, grant: shell } = this.#options;
    const { peer } = entrance.arrival;
    const grant = this.#admit(entrance, message);
    mustBePaired(grant, peer.keySha256);
    const goes = findPlace(this.list(), peer.keySha256);
    const replaced = goes === undefined ? undefined : this.#sessions.get(goes);
    if (replaced) this.#end(replaced, fail('session-replaced'));
    const stream = new ResumableStream({
      clock,
      id: makeStreamId(random),
      budget: this.#budget,
      passed: passedThrough,
    });
    entrance.channel.send({
      type: 'opened',
      grant: grant.id,
      port: message.port,
      device: device().id,
      stream: stream.id,
      scopes: [...grant.scopes],
      leftMs: Math.floor(shell.leftMs()),
      hostKey: grant.hostKey.public,
    });
    const input = this.#inputOf(peer.keySha256);
    const session = new Session({
      stream,
      grant: grant.id,
      key: peer.keySha256,
      representative: peer.id,
      input,
      clock,
    });
    this.#sessions.set(session.id, session);
    this.#watch(session);
    audit('session-opened-1', {
      grant: grant.id,
      session: session.id,
      representative: peer.id,
      keySha256: peer.keySha256,
    });
    try {
      session.attach(entrance.channel.release(), 0, 0);
      const receipt = this.#witness(session, grant, message.port);
      session.serve(serve(this.#channelSession(session, grant, receipt), stream));
    } catch (error) {
      this.#end(session, tellable(error));
      throw error;
    }
    this.#options.changed();
  }

  #resume(entrance: Entrance, message: Message<'resume'>): void {
    const { peer } = entrance.arrival;
    mustBePaired(this.#admit(entrance, message), peer.keySha256);
    const session = this.#sessions.get(message.stream);
    if (!session || session.over || session.key !== peer.keySha256) throw fail('stream-unknown');
    if (message.generation <= session.stream.generation) throw fail('stream-superseded');
    // Nothing more may be received once the offset is told: the old connection goes first.
    session.stream.suspend();
    entrance.channel.send({ type: 'resumed', received: session.stream.received });
    session.attach(entrance.channel.release(), message.generation, message.received);
  }

  #watch(session: Session): void {
    const { audit, changed } = this.#options;
    const { id, grant, representative } = session;
    const fields = { grant, session: id, representative };
    session.stream.on('suspended', () => {
      audit('session-suspended-1', fields);
      changed();
    });
    session.stream.on('live', (generation: number) => {
      if (generation > 0) audit('session-resumed-1', fields);
      changed();
    });
    session.stream.on('ended', ({ by, error }: { by: string; error: SallyportError }) => {
      if (by !== 'us') this.#end(session, error);
    });
  }

  #end(session: Session, error: SallyportError, by?: string): void {
    if (!this.#sessions.delete(session.id)) return;
    const { audit, log, changed } = this.#options;
    const done = session
      .end(error)
      .catch((cause: unknown) => {
        log.error('session-not-ended-1', { session: session.id, error: cause });
        if (this.#left.add(cause)) changed();
      })
      .finally(() => this.#ending.delete(done));
    this.#ending.add(done);
    audit('session-ended-1', {
      grant: session.grant,
      session: session.id,
      representative: session.representative,
      code: error.code,
      ...(by === undefined ? {} : { by }),
    });
    changed();
  }

  #witness(session: Session, grant: Grant, port: PortNumber): SessionReceipt | undefined {
    const { grant: shell, receipts } = this.#options;
    const receipt = receipts?.begin(
      {
        id: session.id,
        grant: grant.id,
        port,
        reference: grant.reference,
        representative: session.representative,
        key: session.key,
        scopes: () => (shell.state.at === 'open' ? shell.state.grant.scopes : []),
      },
      () => this.#end(session, fail('session-closed')),
    );
    if (receipt) session.witness(receipt);
    return receipt;
  }

  #channelSession(session: Session, grant: Grant, receipt: SessionReceipt | undefined): ChannelSession {
    const { grant: shell, offers } = this.#options;
    const record = recordOf(session, this.#options);
    const current = (): Grant | undefined => {
      const { state } = shell;
      if (session.over || state.at !== 'open' || state.grant.id !== grant.id) return undefined;
      if (shell.leftMs() <= 0 || refusalOf(state.grant, session.key, this.#revoked)) return undefined;
      return pinOf(state.grant, session.key) ? state.grant : undefined;
    };
    return {
      id: session.id,
      grant: grant.id,
      reference: grant.reference,
      representative: session.representative,
      keySha256: session.key,
      hostKey: grant.hostKey.private,
      allows: (scope) => allows(current()?.scopes ?? [], scope) && offers(scope),
      scopes: () => current()?.scopes ?? [],
      terms: () => ({ scopes: current()?.scopes ?? [], leftMs: Math.floor(shell.leftMs()) }),
      onTerms: (listener) => {
        this.#onTerms.add(listener);
        return () => void this.#onTerms.delete(listener);
      },
      ask: (wish, signal) => ask(session, wish, signal, current, this.#options),
      input: session.input,
      receipt: (channel) => receipt?.serve(channel) ?? false,
      record: receipt?.beside(record) ?? record,
    };
  }
}
