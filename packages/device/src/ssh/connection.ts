import type { Duplex } from 'node:stream';
import { fail } from '@sallyport/protocol/errors';
import { parseTarget } from '@sallyport/protocol/grant';
import { printable } from '@sallyport/protocol/text';
import { isWay, scopeFor, type WayOf, ways } from '../channels/access.ts';
import { demand, logFailure, type SessionContext } from '../channels/context.ts';
import { couple } from '../channels/couple.ts';
import { openTcp } from '../channels/tcp.ts';
import { tellable } from '../errors/index.ts';
import { packetBytes, SshChannel, windowFor } from './channel.ts';
import { ProgramChannel } from './programChannel.ts';
import { tcpOpenSchema } from './requests.ts';
import { type ChannelOpen, openTransport, type SshTransport } from './transport.ts';

/** RFC 4253, section 11.1, and RFC 4254, section 5.1. */
const disconnectReason = { protocolError: 2, byApplication: 11, noMoreMethods: 14 } as const;
const openFailure = { prohibited: 1, connectFailed: 2, unknownType: 3, shortage: 4 } as const;

/** Channels wait while so much is on its way to the other side. */
const congestedBytes = 256 * 1024;
/** Nothing is read while so much is: every request may cost an answer. */
const floodedBytes = 4 * 1024 * 1024;
/** So many packets wait for a key exchange, those of channels and those of all answers; then the connection ends. */
const exchangeQueue = { ofChannels: 64, ofAll: 1_024 } as const;
/** Nothing is read while so many messages wait for the administrator to let input through. */
const mostHeld = 8_192;
const mostAuthTries = 8;
/** How long the other side may take to end an SSH connection that is over here. */
const farewellMs = 1_000;

type Entry = { readonly channel: SshChannel; readonly program: ProgramChannel | undefined };

/**
 * An SSH server on a stream of a session. Nobody is asked for a password: the session says who is there, whatever user
 * name `ssh` sends (design, section 4, step 9).
 */
export class SshConnection {
  readonly #context: SessionContext;
  readonly #stream: Duplex;
  readonly #transport: SshTransport;
  readonly #entries = new Map<number, Entry>();
  /** What came while input was held, in order. */
  readonly #held: (() => void)[] = [];
  readonly #leaveGate: () => void;
  #nextLocal = 0;
  #authenticated = false;
  #authTries = 0;
  #takesSessions = true;
  #flushFrom = 0;
  #corked = false;
  #over = false;

  constructor(context: SessionContext, stream: Duplex) {
    this.#context = context;
    this.#stream = stream;
    this.#transport = openTransport(context.session.hostKey, {
      onWrite: (bytes) => this.#write(bytes),
      onError: (error) => this.#fail(error),
      onHandshakeComplete: () => this.#drained(),
      messageHandlers: this.#messages(),
    });
    stream.on('data', (chunk: Buffer) => this.#read(chunk));
    stream.on('drain', () => this.#drained());
    stream.on('end', () => this.#gone());
    stream.on('close', () => this.#gone());
    this.#leaveGate = context.session.input.onChange(() => this.#letThrough());
    this.#transport.start();
  }

  /** Does what was asked for, or remembers it while input is held. */
  #enter(act: () => void): void {
    if (!this.#context.session.input.held && this.#held.length === 0) act();
    else this.#held.push(act);
  }

  #letThrough(): void {
    const { input } = this.#context.session;
    let done = 0;
    while (!input.held && !this.#over && done < this.#held.length) {
      this.#held[done]?.();
      done += 1;
    }
    this.#held.splice(0, done);
    if (!this.#over) this.#drained();
  }

  #read(chunk: Buffer): void {
    if (this.#over) return;
    try {
      this.#transport.parse(chunk, 0, chunk.length);
    } catch (error) {
      this.#fail(error);
    }
    if (this.#queued() > exchangeQueue.ofAll) this.#fail(new Error('a key exchange that does not end'));
    if (this.#isFlooded()) this.#stream.pause();
  }

  #isFlooded(): boolean {
    return this.#stream.writableLength > floodedBytes || this.#held.length >= mostHeld;
  }

  /** ssh2 writes each packet in three pieces: they leave together. */
  #write(bytes: Buffer): void {
    if (!this.#stream.writable) return;
    if (!this.#corked) {
      this.#corked = true;
      this.#stream.cork();
      process.nextTick(() => {
        this.#corked = false;
        this.#stream.uncork();
      });
    }
    this.#stream.write(bytes);
  }

  #queued(): number {
    return this.#transport._queue?.length ?? 0;
  }

  readonly #ready = (): boolean =>
    this.#stream.writableLength < congestedBytes && this.#queued() < exchangeQueue.ofChannels;

  /** Each channel in turn is the first to be served, so that one busy channel does not starve the others. */
  #drained(): void {
    if (!this.#isFlooded()) this.#stream.resume();
    const entries = [...this.#entries.values()];
    this.#flushFrom = entries.length === 0 ? 0 : (this.#flushFrom + 1) % entries.length;
    const inTurn = [...entries.slice(this.#flushFrom), ...entries.slice(0, this.#flushFrom)];
    for (const { channel } of inTurn) channel.flush();
  }

  #fail(error: unknown): void {
    this.#context.options.log.debug('ssh-connection-failed-1', { session: this.#context.session.id, error });
    this.#hangUp(disconnectReason.protocolError);
  }

  #hangUp(reason: number): void {
    try {
      this.#transport.disconnect(reason);
    } catch {
      // It is unusable after an error; the end of the stream says it, too.
    }
    this.#gone();
  }

  #gone(): void {
    if (this.#over) return;
    this.#over = true;
    this.#leaveGate();
    this.#held.length = 0;
    for (const { channel } of [...this.#entries.values()]) channel.shut(false);
    try {
      this.#transport.cleanup();
    } catch {
      // It was cleaned up already.
    }
    // Not destroyed at once: with HTTP/2 a reset would overtake the last words.
    this.#stream.end();
    const late = this.#context.options.clock.after(farewellMs, () => this.#stream.destroy());
    this.#stream.once('close', () => late.cancel());
  }

  #messages(): Parameters<typeof openTransport>[1]['messageHandlers'] {
    const entryOf = (local: number): Entry | undefined => this.#entries.get(local);
    return {
      DISCONNECT: () => this.#gone(),
      SERVICE_REQUEST: (_, name) => {
        if (name === 'ssh-userauth' && !this.#authenticated) this.#transport.serviceAccept(name);
        else this.#hangUp(disconnectReason.protocolError);
      },
      USERAUTH_REQUEST: (_, _user, service, method) => this.#authenticate(service, method),
      GLOBAL_REQUEST: (_, name, wantReply) => this.#globalRequest(name, wantReply),
      CHANNEL_OPEN: (_, open) => this.#enter(() => this.#openChannel(open)),
      CHANNEL_DATA: (_, local, data) => {
        const channel = entryOf(local)?.channel;
        if (!channel) return;
        if (channel.admit(data.length)) this.#enter(() => channel.receive(data));
        else this.#hangUp(disconnectReason.protocolError);
      },
      CHANNEL_WINDOW_ADJUST: (_, local, bytes) => entryOf(local)?.channel.widen(bytes),
      CHANNEL_REQUEST: (_, local, type, wantReply, data) => {
        const entry = entryOf(local);
        if (!entry) return;
        // Output goes on, in the shape that the terminal has now.
        if (type === 'window-change' && entry.program?.running) this.#request(entry, type, wantReply, data);
        else this.#enter(() => this.#request(entry, type, wantReply, data));
      },
      CHANNEL_EOF: (_, local) => {
        const channel = entryOf(local)?.channel;
        if (channel) this.#enter(() => channel.receiveEnd());
      },
      CHANNEL_CLOSE: (_, local) => {
        const channel = entryOf(local)?.channel;
        if (channel) this.#enter(() => channel.shut(true));
      },
    };
  }

  #request({ channel, program }: Entry, type: string, wantReply: boolean, data: unknown): void {
    const outcome = program?.request(type, data) ?? false;
    if (wantReply) channel.reply(outcome !== false);
    if (typeof outcome === 'function') outcome();
  }

  #authenticate(service: string, method: string): void {
    this.#authTries += 1;
    if (service !== 'ssh-connection' || this.#authenticated || this.#authTries > mostAuthTries) {
      this.#hangUp(disconnectReason.noMoreMethods);
    } else if (method === 'none') {
      this.#authenticated = true;
      this.#transport.authSuccess();
    } else {
      this.#transport.authFailure([]);
    }
  }

  #globalRequest(name: string, wantReply: boolean): void {
    if (!this.#authenticated) {
      this.#hangUp(disconnectReason.protocolError);
      return;
    }
    const done = isWay('sshGlobal', name) && this.#doGlobal(name);
    if (!wantReply) return;
    if (done) this.#transport.requestSuccess();
    else this.#transport.requestFailure();
  }

  #doGlobal(name: WayOf<'sshGlobal'>): boolean {
    switch (name) {
      case 'no-more-sessions@openssh.com':
        this.#takesSessions = false;
        return true;
      case 'tcpip-forward':
      case 'streamlocal-forward@openssh.com':
        this.#context.session.record.refused(undefined, 'remote forward');
        return false;
    }
  }

  #openChannel(open: ChannelOpen): void {
    if (this.#over) return; // It came in one piece with what ended the connection.
    if (!this.#authenticated) {
      this.#hangUp(disconnectReason.protocolError);
    } else if (isWay('sshChannel', open.type)) {
      this.#openKnown(open, open.type);
    } else {
      this.#refuseType(open);
    }
  }

  #openKnown(open: ChannelOpen, type: WayOf<'sshChannel'>): void {
    switch (type) {
      case 'session':
        if (this.#takesSessions) this.#openSession(open);
        else this.#refuseType(open, openFailure.prohibited);
        return;
      case 'direct-tcpip':
        this.#openTcp(open).catch((error: unknown) => this.#refuse(open, error));
        return;
      case 'direct-streamlocal@openssh.com':
      case 'forwarded-tcpip':
      case 'forwarded-streamlocal@openssh.com':
      case 'auth-agent@openssh.com':
      case 'x11':
        this.#refuseType(open);
    }
  }

  #refuseType(open: ChannelOpen, reason: number = openFailure.unknownType): void {
    const what = printable(open.type, 64);
    this.#context.session.record.refused(undefined, what);
    this.#transport.channelOpenFail(open.sender, reason, `Sallyport has no channels of the type ${what}.`);
  }

  #openSession(open: ChannelOpen): void {
    try {
      const reserved = this.#context.channels.reserve();
      this.#accept(
        open,
        (channel) => new ProgramChannel(this.#context, channel, this.#transport, open.sender, reserved),
        () => reserved.giveBack(),
      );
    } catch (error) {
      this.#refuse(open, error);
    }
  }

  async #openTcp(open: ChannelOpen): Promise<void> {
    const asked = tcpOpenSchema.parse(open.data);
    const host = asked.destIP.includes(':') ? `[${asked.destIP}]` : asked.destIP;
    const target = parseTarget(`${host}:${asked.destPort}`);
    if (!target) throw fail('channel-unknown', { leg: 'device' });
    const what = `${target.host}:${target.port}`;
    const scope = scopeFor(ways.sshChannel['direct-tcpip'], `tcp:${what}`);
    demand(this.#context, scope, what);
    let channel: SshChannel | undefined;
    const place = this.#context.channels.open('tcp', what, () => channel?.destroy());
    try {
      const socket = await openTcp(this.#context, target, scope);
      if (place.over || !this.#stream.writable) {
        socket.destroy();
        throw fail('session-closed');
      }
      channel = this.#accept(
        open,
        () => undefined,
        () => {},
      );
      await couple(channel, socket, place, { cut: () => channel?.destroy(), orderly: () => true });
    } finally {
      place.close();
    }
  }

  #accept(
    open: ChannelOpen,
    program: (channel: SshChannel) => ProgramChannel | undefined,
    gone: () => void,
  ): SshChannel {
    const local = this.#nextLocal;
    this.#nextLocal += 1;
    const receiveWindow = windowFor(this.#context.channels.taken);
    const channel = new SshChannel({
      transport: this.#transport,
      remote: open.sender,
      sendWindow: open.window,
      sendPacket: Math.max(1, Math.min(open.packetSize, packetBytes)),
      receiveWindow,
      ready: this.#ready,
      gone: () => {
        this.#entries.delete(local);
        gone();
      },
    });
    this.#entries.set(local, { channel, program: program(channel) });
    this.#transport.channelOpenConfirm(open.sender, local, receiveWindow, packetBytes);
    return channel;
  }

  #refuse(open: ChannelOpen, error: unknown): void {
    if (!this.#stream.writable) return;
    const known = tellable(error);
    logFailure(this.#context, known, error);
    const reason =
      known.code === 'channel-unreachable'
        ? openFailure.connectFailed
        : known.code === 'channels-used-up' || known.code === 'device-exhausted'
          ? openFailure.shortage
          : openFailure.prohibited;
    this.#transport.channelOpenFail(open.sender, reason, known.message);
  }
}
