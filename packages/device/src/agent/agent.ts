import type { Duplex } from 'node:stream';
import type { Clock, Log, Random, Timer } from '@sallyport/protocol/environment';
import { fail as protocolFail, SallyportError } from '@sallyport/protocol/errors';
import type { Otp } from '@sallyport/protocol/grant';
import type { SiteProxy } from '@sallyport/runtime/dial';
import { ApprovalQueue, type Ask, AskDesk, type Waiting } from '../approval/index.ts';
import { builtAtMs, version } from '../build.ts';
import type { ChannelSession, SessionChannels, TerminalTap } from '../channels/index.ts';
import { type ConnectionTest, holdConnections, testConnection } from '../connectionTest/index.ts';
import { fail } from '../errors/index.ts';
import { GrantShell, mustFit, type OutwardEffect, type Who } from '../grant/index.ts';
import type { IdentityStore } from '../identity/index.ts';
import { sourceOf } from '../network/index.ts';
import { PathWatch } from '../path/index.ts';
import { tellSyslog } from '../processes/index.ts';
import { Receipts } from '../receipts/index.ts';
import { RecordingHeads, type Recordings } from '../recordings/index.ts';
import { Refusals, Sessions, systemLine } from '../session/index.ts';
import type { AuditHead, State } from '../state/index.ts';
import {
  Farewell,
  type GrantTerms,
  type Opened,
  ownAddresses,
  type RelayTime,
  type Revoked,
  relayTime,
  Tunnel,
  watchNetwork,
} from '../tunnel/index.ts';
import { type AgentConfig, needsRunAs } from './config.ts';
import { Journal } from './journal.ts';
import { RelayPath, unknownPort } from './relayPath.ts';
import { Renewal } from './renewal.ts';
import { RevokedHere } from './revokedHere.ts';
import { runAsName } from './runAs.ts';
import type { Status } from './status.ts';
import { type PortChange, viewStatus } from './view.ts';
import {
  proxyIn,
  sourceIn,
  sourceInterfaceIn,
  storeProxy,
  storeSourceInterface,
  type WayOut,
} from './wayOut.ts';
import { type EnableWish, grantFor, meantBy, mustBeDuration } from './wish.ts';

/** How often the latest known time is stored, for the clock rule. */
const storeTimeMs = 10_000;
/** So long the tunnel of a grant that is over stays at most, for sessions that end. */
const tunnelStaysMs = 700;

export type AgentOptions = {
  readonly state: State;
  readonly identity: IdentityStore;
  readonly config: AgentConfig;
  readonly clock: Clock;
  readonly bootId: string;
  readonly random: Random;
  readonly log: Log;
  readonly serve: (session: ChannelSession, stream: Duplex) => SessionChannels;
  readonly recordings: Pick<Recordings, 'running' | 'sealAll' | 'onEnded'>;
  readonly addresses?: () => string;
};

/** The device agent: wires grant, tunnel, sessions and approvals, and is what the API calls. */
export class Agent {
  readonly #options: AgentOptions;
  readonly #journal: Journal;
  readonly #grant: GrantShell;
  readonly #tunnel: Tunnel;
  readonly #farewell: Farewell;
  readonly #heads: RecordingHeads;
  readonly #sessions: Sessions;
  readonly #approvals: ApprovalQueue;
  readonly #asks: AskDesk;
  readonly #refusals = new Refusals();
  readonly #revokedHere = new RevokedHere();
  readonly #pathWatch: PathWatch;
  readonly #time: RelayTime;
  readonly #path: RelayPath;
  readonly #renewal: Renewal;
  readonly #watchers = new Set<() => void>();
  #network: { stop(): void } | undefined;
  #timeKeeper: Timer | undefined;
  /** Of the grant that ended last, if somebody was in. */
  #sessionsEnded: Promise<void> | undefined;
  /** Closes the tunnel that still stands for sessions that end. */
  #closeTunnel: () => void = () => {};
  /** The last entry of the audit log that was signed for. */
  #notedSeq = 0;
  #portChange: PortChange | undefined;
  /** The OTP that took the place of one that died with the process before. */
  #replacedOtp: Otp | undefined;

  constructor(options: AgentOptions) {
    const { state, clock, random, log, identity, config } = options;
    this.#options = options;
    const changed = (): void => this.#changed();
    this.#journal = new Journal({ audit: state.audit, transaction: state.transaction, clock, log });
    this.#time = relayTime(clock, builtAtMs, Number(state.settings.get('last-time') ?? 0));
    state.audit.timedBy(() => {
      const told = this.#time.now() !== undefined;
      const offMs = this.#time.offMs();
      return { clock: offMs !== undefined ? 'wrong' : told ? 'relay' : 'own', offMs, upMs: clock.bootMs() };
    });
    this.#path = new RelayPath({
      identity,
      clock,
      log,
      time: this.#time,
      settings: state.settings,
      outboundPort: () => this.outboundPort,
      proxy: () => this.proxy,
      source: () => sourceIn(state.settings, config),
    });
    this.#approvals = new ApprovalQueue(clock, changed);
    this.#asks = new AskDesk(clock, changed);
    this.#pathWatch = new PathWatch({
      clock,
      wanted: () => this.leftMs() !== undefined,
      roundTrips: () => [
        this.#tunnel.roundTripMs,
        ...this.#sessions.list().map(({ stream }) => stream.stats().roundTripMs),
      ],
      changed,
    });
    this.#grant = new GrantShell({
      state,
      clock,
      bootId: options.bootId,
      random,
      log,
      changed,
      perform: (effect) => this.#perform(effect),
    });
    this.#tunnel = new Tunnel({
      clock,
      random,
      log,
      version,
      dial: (listener, signal) => this.#openTunnel(listener, signal),
      terms: () => this.#terms(),
      opened: (opened) => this.#opened(opened),
      up: () => this.#heads.connected(),
      noted: (id) => this.#heads.noted(id),
      knock: (knock) => void this.#sessions.follow(knock),
      revoked: (revoked) => this.#revoke(revoked),
      changed: () => {
        this.#heedRemoval();
        changed();
      },
    });
    this.#heads = new RecordingHeads({
      recordings: options.recordings,
      clock,
      log,
      send: (message) => this.#tunnel.tell({ ...message, ...this.#auditHead() }),
    });
    this.#farewell = new Farewell({
      clock,
      random,
      log,
      dial: (listener, signal) => this.#path.openTunnel(listener, signal),
    });
    this.#sessions = new Sessions({
      clock,
      random,
      log,
      grant: this.#grant,
      approvals: this.#approvals,
      asks: this.#asks,
      refusals: this.#refusals,
      revocations: state.revocations,
      device: () => identity.required(),
      meet: (knock, signal) => this.#path.meet(knock, signal),
      decline: (ticket, error) => this.#tunnel.decline(ticket, error),
      serve: options.serve,
      offers: (scope) => config.runAs.kind !== 'missing' || !needsRunAs(scope),
      receipts: new Receipts({
        state,
        identity: () => identity.required(),
        clock,
        log,
        audit: (event, fields) => this.#journal.write(event, fields),
      }),
      audit: (event, fields) => {
        this.#journal.write(event, { grant: this.#grantId, ...fields });
        const line = systemLine(event, fields, runAsName(config.runAs));
        if (line !== undefined) tellSyslog(line);
      },
      changed,
    });
    this.#renewal = new Renewal({
      clock,
      log,
      identity,
      path: this.#path,
      time: this.#time,
      renewed: () => {
        this.#journal.write('certificate-renewed-1', {});
        // It may have been refused for its dates.
        this.#tunnel.networkChanged();
      },
    });
  }

  async #openTunnel(...call: Parameters<RelayPath['openTunnel']>): ReturnType<RelayPath['openTunnel']> {
    try {
      return await this.#path.openTunnel(...call);
    } catch (error) {
      // The device was off for long: its certificate ran out, and can still renew itself.
      const refused = error instanceof SallyportError && error.leg === 'relay';
      if (refused && error.code === 'certificate-expired') this.#renewal.look();
      throw error;
    }
  }

  /** Takes up the grant that is in the data folder. @throws state-damaged, state-unwritable */
  start(): void {
    this.#journal.write('agent-started-1', { version, boot: this.#options.bootId });
    this.#grant.start();
    if (this.#grantId) this.#revokedHere.takeUp(this.#options.state.audit, this.#grantId);
    this.#replacedOtp = this.#grant.otp;
    this.#network = watchNetwork({
      clock: this.#options.clock,
      addresses: this.#options.addresses ?? ownAddresses,
      changed: () => this.#tunnel.networkChanged(),
    });
    this.#keepTime();
    this.#pathWatch.start();
    this.#renewal.start();
    this.#heads.start();
  }

  /** Ends sessions and their processes; the grant goes on with the next start. */
  async stop(): Promise<void> {
    this.#network?.stop();
    this.#timeKeeper?.cancel();
    this.#pathWatch.stop();
    this.#renewal.stop();
    this.#heads.last();
    this.#heads.stop();
    // Before the sessions end, which may take seconds: who knocks meanwhile would be let in, and stay.
    this.#tunnel.stop();
    this.#farewell.stop();
    await this.#sessions.endAll(protocolFail('session-closed', { leg: 'device' }));
    await this.#sessions.idle();
    this.#grant.stop();
    this.#journal.write('agent-stopped-1', {});
    this.#journal.close();
    this.#noteHead();
  }

  /** Writes what waits to be written into the audit log: who reads it now reads all. */
  flushAudit(): void {
    this.#journal.flush();
  }

  /** UTC by the best clock there is, in milliseconds since 1970, and which one that is. */
  moment(): { readonly ms: number; readonly clock: 'relay' | 'own' } {
    const told = this.#time.now();
    return told === undefined ? { ms: this.#time.best(), clock: 'own' } : { ms: told, clock: 'relay' };
  }

  /** Tells of every change that somebody can see. @returns how to stop */
  watch(changed: () => void): () => void {
    this.#watchers.add(changed);
    return () => void this.#watchers.delete(changed);
  }

  status(): Status {
    return viewStatus({
      grant: this.#grant.state,
      leftMs: this.#grant.leftMs(),
      time: this.#time,
      tunnel: this.#tunnel,
      sessions: this.#sessions.list(),
      waiting: this.#approvals.list(),
      asks: this.#asks.list(),
      refusals: this.#refusals.list(),
      gateway: this.#pathWatch.gateway,
      identity: this.#options.identity.find(),
      outboundPort: this.#path.lastPort,
      runAs: this.#options.config.runAs,
      trouble: this.#options.state.trouble(),
      left: this.#sessions.left(),
      portChange: this.#portChange,
      revoked: this.#revokedHere.notices(),
      otpReplaced: this.#replacedOtp !== undefined && this.#replacedOtp === this.#grant.otp,
    });
  }

  /**
   * Enables Remote Support. The port number follows when the relay has answered.
   *
   * @param by who does it, for the audit log, here and in what follows
   * @throws already-enabled, not-enrolled, run-as-missing, duration-malformed, scopes-too-long, state-unwritable
   */
  enable(wish: EnableWish, by: string): void {
    const { random, identity, config } = this.#options;
    identity.required();
    const grant = grantFor(wish, { runAs: config.runAs, now: this.#grant.now(), random });
    this.#grant.apply({ type: 'enable', grant, by });
    this.#portChange = undefined;
    this.#refusals.clear();
    this.#sessions.begin();
    this.#revokedHere.clear();
  }

  /**
   * Ends everything; nothing to do when nothing is enabled. Resolves when the last process is gone.
   *
   * @throws processes-left when some are not, although all else has ended
   */
  async disable(by: string): Promise<void> {
    this.#grant.apply({ type: 'disable', by });
    await this.#sessions.endAll(protocolFail('grant-ended'));
    const left = this.#sessions.left();
    if (left) throw left;
  }

  /** Sets the end anew, `leftMs` from now, within 24 hours from Enable. @throws not-enabled, duration-malformed */
  extend(leftMs: number, by: string): void {
    mustBeDuration(leftMs);
    this.#grant.apply({ type: 'extend', leftMs, by });
  }

  /** @throws not-enabled */
  newPassword(by: string): void {
    this.#grant.apply({ type: 'password', by });
  }

  /** What is left of the grant, in milliseconds; undefined without one. */
  leftMs(): number | undefined {
    const { at } = this.#grant.state;
    return at === 'waiting' || at === 'open' ? this.#grant.leftMs() : undefined;
  }

  /** The OTP of now, for administrators only; undefined if it is spent, void, or there is no grant. */
  password(): Otp | undefined {
    return this.#grant.otp;
  }

  /** @throws approval-unknown, approval-ambiguous */
  decide(who: string | undefined, approved: boolean, by: string): Waiting {
    const waiting = this.#approvals.decide(who, approved);
    const { representative, key: keySha256 } = waiting;
    const event = approved ? 'approval-given-1' : 'approval-refused-1';
    this.#journal.write(event, { grant: this.#grantId, representative, keySha256, by });
    return waiting;
  }

  /**
   * Answers a representative who asks for more: what they asked for is allowed from now on, in sessions that are open,
   * too; or it is not.
   *
   * @param id may be left out while there is one question
   * @throws ask-unknown, ask-ambiguous, not-enabled, scopes-too-long, state-unwritable; then it waits on
   */
  answer(id: string | undefined, granted: boolean, by: string): Ask {
    const ask = this.#asks.find(id);
    const { representative, key, session, scopes, forMs: leftMs } = ask;
    if (granted) {
      const { state } = this.#grant;
      if (state.at === 'waiting' || state.at === 'open') mustFit([...state.grant.scopes, ...scopes]);
      this.#grant.apply({ type: 'widen', who: { representative, key }, session, scopes, leftMs, by });
    } else {
      const who = { grant: this.#grantId, session, representative, keySha256: key };
      this.#journal.write('ask-answered-1', { ...who, granted, scopes, by });
    }
    this.#asks.answer(ask, granted);
    return ask;
  }

  /**
   * Ends all that a representative has, and keeps their keys out until the grant ends.
   *
   * @param who name of the representative, or the start of the SHA-256 of a key
   * @throws not-enabled, representative-unknown
   */
  cut(who: string, by: string): Promise<readonly Who[]> {
    return this.#keepOut(who, 'person', by);
  }

  /**
   * Keeps a key out until the grant ends, whether it ever was in or not, and ends all that it has.
   *
   * @param key its SHA-256, or the start of it
   * @throws not-enabled, representative-unknown
   */
  block(key: string, by: string): Promise<readonly Who[]> {
    return this.#keepOut(key, 'key', by);
  }

  async #keepOut(who: string, as: 'person' | 'key', by: string): Promise<readonly Who[]> {
    const { state } = this.#grant;
    if (state.at !== 'waiting' && state.at !== 'open') throw fail('not-enabled');
    const { pins, failures } = state.grant;
    const refused = as === 'key' ? this.#refusals.list() : [];
    const waiting = this.#approvals.list();
    const meant = meantBy(who, [...this.#sessions.list(), ...pins, ...failures, ...waiting, ...refused]);
    for (const one of meant) this.#grant.apply({ type: 'cut', who: one, as, by });
    await Promise.all(meant.map(({ key }) => this.#sessions.endOf(key, protocolFail('cut-off'))));
    return meant;
  }

  /**
   * Holds what a representative sends, in all their sessions, or lets it go on.
   *
   * @param who name of the representative, or the start of the SHA-256 of a key
   * @throws representative-unknown
   */
  pause(who: string, paused: boolean, by: string): readonly Who[] {
    const { state } = this.#grant;
    const pins = state.at === 'waiting' || state.at === 'open' ? state.grant.pins : [];
    const meant = meantBy(who, [...this.#sessions.list(), ...pins]);
    for (const { key, representative } of meant) {
      if (!this.#sessions.hold(key, paused)) continue;
      const event = paused ? 'representative-paused-1' : 'representative-unpaused-1';
      this.#journal.write(event, { grant: this.#grantId, representative, keySha256: key, by });
    }
    this.#changed();
    return meant;
  }

  /**
   * What a terminal of a session shows.
   *
   * @param by who wants to see it, for the audit log
   * @throws terminal-unknown
   */
  terminal(session: string, channel: number, by: string): TerminalTap {
    const found = this.#sessions.list().find(({ id }) => id === session);
    const terminal = found?.terminal(channel);
    if (!found || !terminal) throw fail('terminal-unknown');
    const { grant, representative } = found;
    this.#journal.write('terminal-watched-1', { grant, session, representative, channel, by });
    return terminal;
  }

  /** Ends one session; its representative may come again. @returns whether there was one */
  endSession(id: string, by: string): boolean {
    return this.#sessions.endOne(id, protocolFail('session-closed', { leg: 'device' }), by);
  }

  /** The one port to go out by: what an administrator chose, else what is configured; undefined for whichever works. */
  get outboundPort(): number | undefined {
    const chosen = this.#options.state.settings.get('outbound-port');
    if (chosen === undefined) return this.#options.config.outboundPort;
    return chosen === 'automatic' ? undefined : Number(chosen);
  }

  /** What to go through to the relay: what an administrator chose, else what is configured; undefined for nothing. */
  get proxy(): SiteProxy | undefined {
    return proxyIn(this.#options.state.settings, this.#options.config);
  }

  /** The network port to go out by, likewise; undefined for whichever leads there. */
  get sourceInterface(): string | undefined {
    return sourceInterfaceIn(this.#options.state.settings, this.#options.config);
  }

  /** Goes out by this port from now on; undefined for whichever works. @throws outbound-port-unknown, not-enrolled */
  setOutboundPort(port: number | undefined): void {
    this.setWayOut({ outboundPort: port ?? null });
  }

  /**
   * Goes out this way from now on: the tunnel is made anew, sessions stay. What is left out stays as it is, null takes
   * it away.
   *
   * @throws outbound-port-unknown, not-enrolled, source-interface-unusable; then nothing has changed
   */
  setWayOut(way: WayOut): void {
    const { identity, state } = this.#options;
    const { outboundPort, proxy, sourceInterface } = way;
    if (typeof outboundPort === 'number') {
      const { ports } = identity.required();
      if (!ports.includes(outboundPort)) throw unknownPort(outboundPort, ports);
    }
    if (typeof sourceInterface === 'string') sourceOf(sourceInterface);
    const before = this.#wayOut();
    state.transaction(() => {
      if (outboundPort !== undefined && (outboundPort ?? undefined) !== this.outboundPort) {
        state.settings.set('outbound-port', outboundPort === null ? 'automatic' : String(outboundPort));
      }
      if (proxy !== undefined) storeProxy(state.settings, proxy ?? undefined);
      if (sourceInterface !== undefined) storeSourceInterface(state.settings, sourceInterface ?? undefined);
    });
    if (this.#wayOut() === before) return;
    this.#tunnel.redial();
    this.#changed();
  }

  #wayOut(): string {
    return JSON.stringify([this.outboundPort, this.proxy, this.sourceInterface]);
  }

  /** Tries every way to the relay; changes nothing. @throws not-enrolled, the signal's reason */
  testConnection(
    options: Pick<Parameters<typeof testConnection>[0], 'id' | 'history' | 'signal' | 'tell'>,
  ): Promise<ConnectionTest> {
    return testConnection({ ...options, ...this.#wayToTest(), onlyPort: this.outboundPort });
  }

  /** Holds connections behind a test, to see how long idle ones live. @throws not-enrolled */
  holdConnections(
    test: ConnectionTest,
    options: Pick<Parameters<typeof holdConnections>[1], 'signal' | 'tell' | 'longestMs'>,
  ): Promise<ConnectionTest> {
    return holdConnections(test, { ...options, ...this.#wayToTest() });
  }

  #wayToTest() {
    const { identity, clock, state, config } = this.#options;
    return {
      identity: identity.required(),
      clock,
      now: () => this.#time.forRelay(),
      atLeast: this.#time.atLeast,
      proxy: this.proxy,
      source: () => sourceIn(state.settings, config),
    };
  }

  /** The ports of the relay, in the order in which they are tried; none before the device is enrolled. */
  get relayPorts(): readonly number[] {
    return this.#options.identity.find()?.ports ?? [];
  }

  /** Who makes this device and supports it: as configured, else by the relay that it is enrolled at. */
  get maker(): string | undefined {
    return this.#options.config.maker ?? this.#options.identity.find()?.host;
  }

  /** The time by the relay, in milliseconds since 1970, while the machine's own clock is known to be wrong. */
  get rightTime(): number | undefined {
    return this.#time.offMs() === undefined ? undefined : this.#time.now();
  }

  /** As whom terminals and files run, if they can. */
  get runAs(): AgentConfig['runAs'] {
    return this.#options.config.runAs;
  }

  /** The identity on the disk changed: what stands under the old one is made anew. */
  identityChanged(): void {
    this.#tunnel.redial();
    this.#changed();
  }

  #perform(effect: OutwardEffect): void {
    switch (effect.do) {
      case 'open-tunnel':
        this.#closeTunnel();
        this.#farewell.stop();
        this.#tunnel.start();
        return;
      case 'tell-relay':
        this.#tunnel.tellChange();
        this.#sessions.termsChanged();
        return;
      case 'close-tunnel': {
        const grant = this.#closing;
        if (grant !== undefined && effect.reason === 'disabled' && this.#tunnel.at !== 'up') {
          this.#farewell.begin(grant);
        }
        this.#afterSessions(() => {
          this.#heads.last();
          this.#tunnel.stop(grant === undefined ? undefined : { grant, reason: effect.reason });
        });
        return;
      }
      case 'end-sessions': {
        const wasSomebodyIn = this.#sessions.list().some(({ state }) => state === 'live');
        const ended = this.#sessions.endAll(protocolFail('grant-ended'));
        this.#sessionsEnded = wasSomebodyIn ? ended : undefined;
        void ended.then(() => this.#journal.tellLeftOut());
        return;
      }
      case 'end-sessions-of':
        void this.#sessions.endOf(effect.key, protocolFail('cut-off'));
    }
  }

  /** Closes the tunnel when the sessions have been signed for: with it the relay ends what it joined. Nobody else comes in. */
  #afterSessions(close: () => void): void {
    this.#closeTunnel = () => {
      this.#closeTunnel = () => {};
      late.cancel();
      close();
    };
    const late = this.#options.clock.after(tunnelStaysMs, () => this.#closeTunnel());
    const own = this.#closeTunnel;
    if (!this.#sessionsEnded) own();
    else void this.#sessionsEnded.then(() => this.#closeTunnel === own && own());
  }

  /** The grant that is waiting or open. */
  get #grantId(): GrantTerms['grant'] | undefined {
    const { state } = this.#grant;
    return state.at === 'waiting' || state.at === 'open' ? state.grant.id : undefined;
  }

  get #closing(): GrantTerms['grant'] | undefined {
    const { state } = this.#grant;
    return state.at === 'ended' ? state.grant : undefined;
  }

  #terms(): GrantTerms | undefined {
    const { state } = this.#grant;
    if (state.at !== 'waiting' && state.at !== 'open') return undefined;
    const { id, scopes, approval, reference } = state.grant;
    return {
      grant: id,
      leftMs: Math.floor(this.#grant.leftMs()),
      scopes: [...scopes],
      approval,
      ...(reference === undefined ? {} : { reference }),
      ...(state.at === 'open' ? { port: state.port } : {}),
    };
  }

  #opened(opened: Opened): void {
    const { state } = this.#grant;
    this.#time.told(opened.now);
    const named = new Map(opened.revocations.map((one) => [one.key, one]));
    for (const key of opened.revoked) {
      this.#revoke({ type: 'revoked', representative: '', reason: '', ...named.get(key), key });
    }
    const before = state.at === 'open' ? state.port : opened.changed?.from;
    if (before !== undefined && before !== opened.port) {
      this.#portChange = { from: before, why: opened.changed?.why ?? 'forgotten' };
    }
    try {
      this.#grant.apply({ type: 'opened', port: opened.port, why: opened.changed?.why });
    } catch (error) {
      this.#options.log.error('grant-not-stored-1', { error });
    }
    this.#renewal.look();
  }

  /** Ends what a revoked key has here, now and for good. Told is who came in this grant, or tried to. */
  #revoke(revoked: Revoked): void {
    const { key, reason } = revoked;
    const { state, clock } = this.#options;
    const error = protocolFail('identity-revoked');
    const known = this.#knownHere(key);
    const representative = known ?? revoked.representative;
    try {
      if (state.revocations.add(key, representative, clock.wallMs()) && known !== undefined) {
        this.#revokedHere.add({ representative, key, reason });
        const fields = { grant: this.#grantId, keySha256: key, representative, reason };
        this.#journal.write('representative-revoked-1', fields);
        this.#changed();
      }
    } catch (cause) {
      this.#options.log.error('revocation-not-stored-1', { error: cause });
    }
    void this.#sessions.endOf(key, error);
  }

  /** The name under which a key came in this grant; undefined for one that never did. */
  #knownHere(key: string): string | undefined {
    const { state } = this.#grant;
    if (state.at !== 'waiting' && state.at !== 'open') return undefined;
    const { pins, failures } = state.grant;
    const seen = [...pins, ...failures, ...this.#approvals.list(), ...this.#refusals.list()];
    return seen.find((one) => one.key === key)?.representative;
  }

  /** A relay that removed this device joins no session of it any more: none shall wait here, its programs running. */
  #heedRemoval(): void {
    const { problem } = this.#tunnel;
    if (problem?.code === 'identity-revoked') void this.#sessions.endAll(problem);
  }

  /** Noted by the relay with the recordings: from then on nobody here changes what was before. */
  #auditHead(): { audit?: AuditHead } {
    const audit = this.#options.state.audit.head();
    return audit ? { audit } : {};
  }

  /** Signs how far the audit log goes: an end that is cut off is seen. */
  #noteHead(): void {
    const { state, identity, clock, log } = this.#options;
    try {
      const head = state.audit.head();
      const own = identity.find();
      if (!head || !own || head.seq === this.#notedSeq) return;
      state.auditNote.write(head, { key: own.tls.key, certificate: own.tls.certificate }, clock.wallMs());
      this.#notedSeq = head.seq;
    } catch (error) {
      log.error('audit-head-not-noted-1', { error });
    }
  }

  #keepTime(): void {
    const { clock, state, log } = this.#options;
    this.#timeKeeper = clock.after(storeTimeMs, () => this.#keepTime());
    this.#noteHead();
    // While writing fails it is tried also without need: so the trouble is seen to be over.
    const trouble = state.trouble();
    if (this.#grant.state.at !== 'open' && !trouble) return;
    try {
      const latest = Math.max(this.#time.best(), Number(state.settings.get('last-time') ?? 0));
      state.settings.set('last-time', String(Math.round(latest)));
    } catch (error) {
      log.error('time-not-stored-1', { error });
    }
    if (Boolean(state.trouble()) !== Boolean(trouble)) this.#changed();
  }

  #changed(): void {
    for (const watcher of this.#watchers) watcher();
  }
}
