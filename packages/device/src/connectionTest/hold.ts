import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { encodeConnection } from '@sallyport/protocol/connectionCode';
import type { Clock } from '@sallyport/protocol/environment';
import { formatDuration } from '@sallyport/protocol/grant';
import { upgrade } from '@sallyport/runtime/http';
import { sayJudgement } from './judge.ts';
import type { ConnectionTest, Way } from './view.ts';
import { openWay, type TryOptions } from './way.ts';

/** The silences that are tried on the way that the device takes, and on the others; in milliseconds. */
export const silences: readonly number[] = [4_000, 12_000, 20_000, 40_000, 65_000, 130_000, 310_000];
const silenceElsewhere = 65_000;
/** How many other ways are held besides. */
const mostElsewhere = 4;
/** From the question to the answer on a connection that lives. */
const answerMs = 5_000;
const openMs = 10_000;

type Held = NonNullable<ConnectionTest['held']>;
type HeldWay = Held['ways'][number];

export type HoldOptions = Omit<TryOptions, 'signal'> & {
  readonly signal: AbortSignal;
  /** The longest silence that is tried, in milliseconds. */
  readonly longestMs: number;
  /** Called whenever something more is known. */
  readonly tell: (test: ConnectionTest) => void;
  /** Holds one connection; for tests. */
  readonly hold?: typeof holdOne;
};

/**
 * Holds connections on the ways that led to the relay, and asks each after another silence whether it lives: so it is
 * known that something cuts idle connections, and after how long. The one port or way that the device takes is told from
 * `silences`, each other one after a minute.
 *
 * @returns the test with what was found; as far as it was known when the signal aborted
 */
export async function holdConnections(test: ConnectionTest, options: HoldOptions): Promise<ConnectionTest> {
  const { longestMs, signal, tell, hold = holdOne } = options;
  const good = waysToHold(test);
  const ways: HeldWay[] = good.map(({ port, address }) => ({ port, address, livedMs: 0, cutMs: null }));
  const sofar = (running: boolean): ConnectionTest =>
    withHeld(test, { running, longestMs, ways: structuredClone(ways) });
  if (good.length === 0) return test;
  tell(sofar(true));
  const longest = silences.filter((ms) => ms < longestMs);
  await Promise.all(
    good.flatMap((way, index) => {
      const tried = index === 0 ? [...longest, longestMs] : [Math.min(silenceElsewhere, longestMs)];
      return tried.map(async (silenceMs) => {
        const held = ways[index];
        const outcome = await hold(way, silenceMs, options);
        if (!held || outcome === undefined || signal.aborted) return;
        if (outcome.lived) held.livedMs = Math.max(held.livedMs, silenceMs);
        else held.cutMs = Math.min(held.cutMs ?? Number.POSITIVE_INFINITY, outcome.afterMs);
        tell(sofar(true));
      });
    }),
  );
  return sofar(false);
}

/** The ways by which the device reaches its relay: the one that it would take first. */
function waysToHold({ ways, ports }: ConnectionTest): Way[] {
  const works = ports.filter(({ reached }) => reached === 'websocket').map(({ port }) => port);
  return works
    .flatMap((port) => {
      const way = ways.find(
        (one) => one.port === port && one.steps.some(({ step, ok }) => step === 'websocket' && ok),
      );
      return way ? [way] : [];
    })
    .slice(0, 1 + mostElsewhere);
}

/** The test with what its held connections tell. */
export function withHeld(test: ConnectionTest, held: Held): ConnectionTest {
  const cut = held.ways.find(({ cutMs, livedMs }) => cutMs !== null && cutMs > livedMs);
  if (!cut || !test.verdict) return { ...test, held };
  const details = {
    host: test.host,
    from: formatDuration(cut.livedMs),
    to: formatDuration(Math.ceil((cut.cutMs ?? 0) / 1_000) * 1_000),
  };
  const { advice } = sayJudgement(
    { verdict: { code: 'reachable', details: {} }, advice: [{ code: 'idle-cut', details }] },
    test.host,
  );
  const all = [...test.advice.filter(({ code }) => code !== 'idle-cut'), ...advice];
  const code = encodeConnection({
    // Of this version's own making: the schema knows them as text alone.
    verdict: test.verdict.code as Parameters<typeof encodeConnection>[0]['verdict'],
    ports: test.ports.map(({ reached }) => reached),
    advice: all.map((one) => one.code as Parameters<typeof encodeConnection>[0]['advice'][number]),
  });
  return { ...test, held, advice: all, code };
}

/**
 * One connection, on which nothing is said for so long; then it is asked whether it lives. Never throws.
 *
 * @returns undefined where the relay holds none, or the signal aborted
 */
export async function holdOne(
  way: Way,
  silenceMs: number,
  options: HoldOptions,
): Promise<{ readonly lived: boolean; readonly afterMs: number } | undefined> {
  const { clock, identity, signal } = options;
  let stream: Duplex;
  const opening = timeout(clock, openMs);
  try {
    const deadline = AbortSignal.any([signal, opening.signal]);
    const socket = await openWay(way, { ...options, signal: deadline });
    const terms = { path: '/v1/hold', host: identity.host, clock, signal: deadline, timeoutMs: openMs };
    stream = (await upgrade(socket, terms)).socket;
  } catch {
    return undefined;
  } finally {
    opening.cancel();
  }
  const gone = new AbortController();
  stream.once('close', () => gone.abort());
  // Nothing comes by itself; without a reader the end of the stream would not be seen.
  const bytes: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => {
    if (bytes.length < 4) bytes.push(chunk);
    stream.emit('said');
  });
  stream.once('end', () => stream.destroy());
  const begin = clock.monotonicMs();
  const over = AbortSignal.any([signal, gone.signal]);
  let answering: Timeout | undefined;
  try {
    await pause(clock, silenceMs, over);
    if (signal.aborted) return undefined;
    if (gone.signal.aborted) return { lived: false, afterMs: Math.round(clock.monotonicMs() - begin) };
    stream.write('?');
    answering = timeout(clock, answerMs);
    await once(stream, 'said', { signal: AbortSignal.any([over, answering.signal]) });
    return { lived: true, afterMs: silenceMs };
  } catch {
    return signal.aborted ? undefined : { lived: false, afterMs: silenceMs };
  } finally {
    answering?.cancel();
    stream.destroy();
  }
}

type Timeout = { readonly signal: AbortSignal; cancel(): void };

function timeout(clock: Clock, ms: number): Timeout {
  const late = new AbortController();
  const timer = clock.after(ms, () => late.abort());
  return { signal: late.signal, cancel: () => timer.cancel() };
}

/** Resolves after so long, or when the signal aborts. */
function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.after(ms, resolve);
    signal.addEventListener('abort', () => {
      timer.cancel();
      resolve();
    });
    if (signal.aborted) resolve();
  });
}
