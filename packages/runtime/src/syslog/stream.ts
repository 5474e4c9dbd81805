import { connect } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Clock, Log } from '@sallyport/protocol/environment';
import { fail } from '@sallyport/protocol/errors';
import { connectCollector } from '@sallyport/protocol/tls';
import { formatSyslog, type SyslogEntry, type SyslogOrigin } from './message.ts';

/** How often the log is looked at for what is new, and how much of it is read at once. */
const lookMs = 500;
const atOnce = 500;
/** After a failure so long, doubled each time up to the second. */
const shortestWaitMs = 1_000;
const longestWaitMs = 60_000;
/** TCP has to be there by then. */
const connectMs = 10_000;
/** What was written so long ago on a connection that is still there has arrived: else the kernel would have given it up. */
const arrivedMs = 20 * 60_000;
/** The collector may take so long with what waits for it. */
const drainMs = 30_000;

export type SyslogOptions = {
  readonly host: string;
  readonly port: number;
  /** PEM: who vouches for the collector. */
  readonly ca: string;
  readonly origin: SyslogOrigin;
  readonly clock: Clock;
  readonly log: Log;
  readonly source: {
    newest(): Promise<number>;
    /** The oldest first. */
    after(seq: number, limit: number): Promise<readonly SyslogEntry[]>;
  };
  /** How far the collector has the log; undefined before the first time. */
  readonly position: { read(): number | undefined; write(seq: number): void };
};

/**
 * Sends an audit log to a collector as it grows, over TLS (RFC 5425). It begins with what comes after it was first turned on. When
 * the connection is lost it comes back, and begins with the first entry that may not have arrived: an entry may come
 * twice, with the same number, and none is left out. It holds nobody up: it reads the log, as anybody may.
 */
export class SyslogStream {
  readonly #options: SyslogOptions;
  readonly #stop = new AbortController();
  #done: Promise<void> = Promise.resolve();

  constructor(options: SyslogOptions) {
    this.#options = options;
  }

  start(): void {
    this.#done = this.#run().catch((error: unknown) => this.#options.log.error('syslog-failed-1', { error }));
  }

  /** Resolves when it has stopped. What is not sent goes with the next start. */
  async stop(): Promise<void> {
    this.#stop.abort(fail('session-closed'));
    await this.#done;
  }

  async #run(): Promise<void> {
    const { position, source, log, host, port } = this.#options;
    for (let failures = 0; !this.#stop.signal.aborted; ) {
      try {
        if (position.read() === undefined) position.write(await source.newest());
        const socket = await this.#connect();
        log.info('syslog-connected-1', { host, port });
        failures = 0;
        await this.#send(socket).finally(() => socket.destroy());
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        log.warn('syslog-lost-1', { host, port, error });
        await this.#pause(Math.min(shortestWaitMs * 2 ** failures, longestWaitMs));
        failures += 1;
      }
    }
  }

  async #connect(): Promise<TLSSocket> {
    const { host, port, ca, clock } = this.#options;
    const { signal } = this.#stop;
    const socket = connect({ host, port });
    await new Promise<void>((resolve, reject) => {
      const late = clock.after(connectMs, () =>
        settle(() => reject(fail('timed-out', { details: { seconds: connectMs / 1_000 } }))),
      );
      const settle = (act: () => void): void => {
        late.cancel();
        signal.removeEventListener('abort', onAbort);
        act();
      };
      const onAbort = (): void => settle(() => reject(signal.reason));
      socket.once('connect', () => settle(resolve));
      socket.once('error', (cause) => settle(() => reject(fail('connection-lost', { cause }))));
      signal.addEventListener('abort', onAbort);
    }).catch((error: unknown) => {
      socket.destroy();
      throw error;
    });
    return connectCollector(socket, { ca, host, clock, signal });
  }

  async #send(socket: TLSSocket): Promise<void> {
    const { position, source, origin, clock } = this.#options;
    const gone = new Promise<never>((_, reject) => {
      socket.once('close', () => reject(fail('connection-lost')));
      this.#stop.signal.addEventListener('abort', () => reject(this.#stop.signal.reason), { once: true });
    });
    gone.catch(() => {});
    socket.resume(); // A collector says nothing; its end is heard only so.
    let sent = position.read() ?? 0;
    /** What was written when, the oldest first. */
    const underWay: { readonly seq: number; readonly atMs: number }[] = [];
    for (;;) {
      const entries = await Promise.race([source.after(sent, atOnce), gone]);
      for (const entry of entries) {
        if (!socket.write(formatSyslog(entry, origin))) await this.#drained(socket, gone);
        sent = entry.seq;
      }
      if (entries.length > 0) underWay.push({ seq: sent, atMs: clock.monotonicMs() });
      let arrived: number | undefined;
      while (underWay[0] && clock.monotonicMs() - underWay[0].atMs >= arrivedMs)
        arrived = underWay.shift()?.seq;
      if (arrived !== undefined) position.write(arrived);
      if (entries.length < atOnce) await Promise.race([this.#pause(lookMs), gone]);
    }
  }

  async #drained(socket: TLSSocket, gone: Promise<never>): Promise<void> {
    const { clock } = this.#options;
    let late: { cancel(): void } | undefined;
    const drained = new Promise<void>((resolve, reject) => {
      late = clock.after(drainMs, () => reject(fail('timed-out', { details: { seconds: drainMs / 1_000 } })));
      socket.once('drain', resolve);
    });
    await Promise.race([drained, gone]).finally(() => late?.cancel());
  }

  #pause(ms: number): Promise<void> {
    const { signal } = this.#stop;
    return new Promise((resolve) => {
      const end = (): void => {
        timer.cancel();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = this.#options.clock.after(ms, end);
      signal.addEventListener('abort', end);
      if (signal.aborted) end();
    });
  }
}

/** `HOST:PORT` as settings have it; an IPv6 address in brackets. Undefined if it is none. */
export function parseCollector(text: string): { readonly host: string; readonly port: number } | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9][A-Za-z0-9.-]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  return host !== undefined && port >= 1 && port <= 65_535 ? { host, port } : undefined;
}
