import { EventEmitter } from 'node:events';
import type { Clock, Log, Timer } from '@sallyport/protocol/environment';
import pg from 'pg';
import { type Bus, type BusEvent, busEventSchema } from './events.ts';

const channel = 'sallyport';
/** PostgreSQL takes less than 8000 bytes in one notification. */
const payloadCap = 7_900;
const beatMs = 5_000;
const retryMs = 1_000;

type Options = { readonly pool: pg.Pool; readonly url: string; readonly clock: Clock; readonly log: Log };

/**
 * The bus of a relay with several nodes: NOTIFY on one channel, heard on a connection of its own. That connection is
 * asked for a sign of life every five seconds; a broken one is made anew, and then `onBack` says that events may have
 * been missed.
 */
export async function postgresBus({ pool, url, clock, log }: Options): Promise<Bus> {
  const emitter = new EventEmitter<{ event: [BusEvent]; back: [] }>();
  let client: pg.Client | undefined;
  let timer: Timer | undefined;
  let closed = false;

  async function listen(): Promise<void> {
    const fresh = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: beatMs,
      query_timeout: beatMs,
      keepAlive: true,
      application_name: 'sallyport-relay-bus',
    });
    fresh.on('error', (error) => lost(fresh, error));
    fresh.on('end', () => lost(fresh, new Error('the connection has ended')));
    fresh.on('notification', ({ payload }) => hear(payload));
    try {
      await fresh.connect();
      await fresh.query(`listen ${channel}`);
    } catch (error) {
      fresh.end().catch(() => {});
      throw error;
    }
    if (closed) {
      await fresh.end();
      return;
    }
    client = fresh;
    beat(fresh);
  }

  function beat(current: pg.Client): void {
    timer = clock.after(beatMs, () => {
      current.query('select 1').then(
        () => current === client && beat(current),
        (error) => lost(current, error),
      );
    });
  }

  function lost(which: pg.Client, error: unknown): void {
    if (which !== client || closed) return;
    client = undefined;
    timer?.cancel();
    log.warn('bus-lost-1', { error });
    which.end().catch(() => {});
    again();
  }

  function again(): void {
    timer = clock.after(retryMs, () => {
      listen().then(
        () => {
          log.info('bus-back-1');
          emitter.emit('back');
        },
        () => !closed && again(),
      );
    });
  }

  function hear(payload: string | undefined): void {
    const event = parseEvent(payload);
    if (event) emitter.emit('event', event);
    else log.warn('bus-event-malformed-1');
  }

  await listen();
  return {
    publish(event): void {
      const payload = JSON.stringify(event);
      if (Buffer.byteLength(payload) > payloadCap) {
        log.warn('bus-event-too-large-1', { kind: event.kind });
        return;
      }
      pool
        .query('select pg_notify($1, $2)', [channel, payload])
        .catch((error) => log.warn('bus-publish-failed-1', { kind: event.kind, error }));
    },
    onEvent(listener): void {
      emitter.on('event', listener);
    },
    onBack(listener): void {
      emitter.on('back', listener);
    },
    async close(): Promise<void> {
      closed = true;
      timer?.cancel();
      emitter.removeAllListeners();
      await client?.end().catch(() => {});
    },
  };
}

/** The event of a notification; undefined if it is none, such as one of a later version. */
export function parseEvent(payload: string | undefined): BusEvent | undefined {
  if (payload === undefined || payload.length > payloadCap) return undefined;
  try {
    return busEventSchema.safeParse(JSON.parse(payload)).data;
  } catch {
    return undefined;
  }
}
