import type { Clock, Log, Timer } from '@sallyport/protocol/environment';
import { fail, type SallyportError, toWireError } from '@sallyport/protocol/errors';
import type { GrantId } from '@sallyport/protocol/grant';
import {
  type FromDevice,
  fromDeviceSchemas,
  type ToDevice,
  tunnelDeadMs,
  tunnelMessageCap,
  tunnelPingMs,
} from '@sallyport/protocol/tunnel';
import { formatMessage, parseMessage } from '@sallyport/protocol/wire';
import type { RawData, WebSocket } from 'ws';
import {
  tunnelBufferedBytes,
  tunnelCloseAgainMs,
  tunnelCloseMs,
  tunnelCloseTries,
  tunnelHeadsAtOnce,
  tunnelHeadsPerSecond,
  tunnelMessagesPer10s,
  tunnelOpenMs,
  tunnelQueue,
  tunnelWithoutGrantMs,
} from '../limits.ts';
import { nodeFailure } from '../store/index.ts';
import type { HubTunnel } from './hub.ts';

/** What a tunnel asks of the relay. Each throws the error that the device is told before its tunnel is closed. */
export type TunnelActs = {
  open(tunnel: Tunnel, message: Extract<FromDevice, { type: 'open' }>): Promise<void>;
  change(tunnel: Tunnel, message: Extract<FromDevice, { type: 'change' }>): Promise<void>;
  close(tunnel: Tunnel, message: Extract<FromDevice, { type: 'close' }>): Promise<void>;
  decline(tunnel: Tunnel, message: Extract<FromDevice, { type: 'decline' }>): Promise<void>;
  heads(tunnel: Tunnel, message: Extract<FromDevice, { type: 'heads' }>): Promise<void>;
  gone(tunnel: Tunnel): void;
};

type Options = {
  readonly device: string;
  readonly acts: TunnelActs;
  readonly clock: Clock;
  readonly log: Log;
};

/** A device's standing control connection: messages in order, one at a time; ping, patience and bounds. */
export class Tunnel implements HubTunnel {
  readonly device: string;
  epoch: number | undefined;
  #grant: GrantId | undefined;
  readonly #socket: WebSocket;
  readonly #acts: TunnelActs;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #queue: Uint8Array[] = [];
  #working = false;
  #closed = false;
  #heardAt: number;
  #windowAt: number;
  #windowMessages = 0;
  #headsLeft = tunnelHeadsAtOnce;
  #headsAt: number;
  #pulse: Timer;
  #patience: Timer;

  constructor(socket: WebSocket, { device, acts, clock, log }: Options) {
    this.device = device;
    this.#socket = socket;
    this.#acts = acts;
    this.#clock = clock;
    this.#log = log;
    this.#heardAt = clock.monotonicMs();
    this.#windowAt = this.#heardAt;
    this.#headsAt = this.#heardAt;
    this.#pulse = clock.after(tunnelPingMs, () => this.#beat());
    this.#patience = clock.after(tunnelOpenMs, () =>
      this.end(fail('timed-out', { details: { seconds: tunnelOpenMs / 1_000 } })),
    );
    socket.on('error', (error) => log.debug('tunnel-error-1', { device, error }));
    socket.on('close', () => this.#gone()); // What came before is carried out all the same: it may say that a grant is over.
    socket.on('pong', () => this.#heard());
    socket.on('ping', () => this.#heard());
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
  }

  get grant(): GrantId | undefined {
    return this.#grant;
  }

  /** A tunnel that has no open grant for a while is closed: an agent without one has no business here. */
  set grant(grant: GrantId | undefined) {
    this.#grant = grant;
    this.#patience.cancel();
    if (grant !== undefined || this.#closed) return;
    this.#patience = this.#clock.after(tunnelWithoutGrantMs, () => this.end(fail('grant-ended')));
  }

  send(message: ToDevice): void {
    if (this.#closed) return;
    this.#socket.send(formatMessage(message, tunnelMessageCap), { binary: false });
    if (this.#socket.bufferedAmount <= tunnelBufferedBytes) return;
    this.#log.warn('tunnel-too-slow-1', { device: this.device });
    this.#socket.terminate();
  }

  end(error: SallyportError): void {
    if (this.#closed) return;
    this.send({ type: 'refused', error: toWireError(error) });
    this.#socket.close(error.row.close, error.code);
    // A device that does not close its side would keep the connection.
    this.#clock.after(tunnelCloseMs, () => this.#socket.terminate());
    // Of what came before, this alone must not be lost: the device ended a grant.
    this.#queue.splice(0, this.#queue.length, ...this.#queue.filter(isClose));
    this.#gone();
  }

  #gone(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#pulse.cancel();
    this.#patience.cancel();
    this.#acts.gone(this);
  }

  #heard(): void {
    this.#heardAt = this.#clock.monotonicMs();
  }

  #beat(): void {
    if (this.#clock.monotonicMs() - this.#heardAt >= tunnelDeadMs) {
      this.#log.info('tunnel-silent-1', { device: this.device });
      this.#socket.terminate();
      return;
    }
    this.#socket.ping();
    this.#pulse = this.#clock.after(tunnelPingMs, () => this.#beat());
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#closed) return;
    this.#heard();
    const now = this.#clock.monotonicMs();
    if (now - this.#windowAt > 10_000) {
      this.#windowAt = now;
      this.#windowMessages = 0;
    }
    this.#windowMessages += 1;
    if (this.#windowMessages > tunnelMessagesPer10s || this.#queue.length >= tunnelQueue) {
      this.end(fail('rate-limited', { details: { limit: `${tunnelMessagesPer10s} messages in 10 s` } }));
      return;
    }
    if (isBinary) {
      this.end(fail('message-malformed', { details: { reason: 'a binary message' } }));
      return;
    }
    this.#queue.push(bytesOf(data));
    if (!this.#working) this.#work();
  }

  async #work(): Promise<void> {
    this.#working = true;
    let failures = 0;
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
      try {
        await this.#act(parseMessage(fromDeviceSchemas, next, tunnelMessageCap));
        failures = 0;
      } catch (error) {
        const known = nodeFailure(error);
        const isOurs = known !== error;
        if (isOurs) this.#log.error('tunnel-failed-1', { device: this.device, error });
        // What comes after a fault of the device's is not carried out. A fault of ours takes no Disable with it.
        else this.#queue.length = 0;
        this.end(known);
        if (known.code !== 'relay-database-lost' || !isClose(next) || failures >= tunnelCloseTries) continue;
        this.#queue.unshift(next);
        await this.#rest(Math.min(1_000 * 2 ** failures, tunnelCloseAgainMs));
        failures += 1;
      }
    }
    this.#working = false;
  }

  #rest(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#clock.after(ms, resolve));
  }

  /** @throws rate-limited */
  #spendHeads(count: number): void {
    const now = this.#clock.monotonicMs();
    const more = ((now - this.#headsAt) / 1_000) * tunnelHeadsPerSecond;
    this.#headsLeft = Math.min(tunnelHeadsAtOnce, this.#headsLeft + more) - count;
    this.#headsAt = now;
    if (this.#headsLeft >= 0) return;
    throw fail('rate-limited', { details: { limit: `${tunnelHeadsPerSecond} recordings in 1 s` } });
  }

  async #act(message: FromDevice): Promise<void> {
    // A device that came back has said since what it allows.
    if (this.#closed && (message.type === 'open' || message.type === 'change')) return;
    // `close` needs no tunnel: it is how a device tells of a Disable during which the relay was away.
    if (message.type !== 'open' && message.type !== 'close' && this.epoch === undefined) {
      throw fail('message-malformed', { details: { reason: 'the first message is not "open"' } });
    }
    switch (message.type) {
      case 'open':
        return this.#acts.open(this, message);
      case 'change':
        return this.#acts.change(this, message);
      case 'close':
        return this.#acts.close(this, message);
      case 'decline':
        return this.#acts.decline(this, message);
      case 'heads':
        this.#spendHeads(message.recordings.length);
        return this.#acts.heads(this, message);
    }
  }
}

function isClose(message: Uint8Array): boolean {
  try {
    return parseMessage(fromDeviceSchemas, message, tunnelMessageCap).type === 'close';
  } catch {
    return false;
  }
}

function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}
