import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeConnection, encodeConnection } from '@sallyport/protocol/connectionCode';
import { fakeClock } from '@sallyport/protocol/testing';
import { type HoldOptions, holdConnections, holdOne, silences, withHeld } from './hold.ts';
import type { ConnectionTest, Way } from './view.ts';

const step = (name: 'tcp' | 'websocket', ok = true) => ({ step: name, ok, ms: 1, problem: null });
const way = (port: number, works = true): Way => ({
  port,
  family: 4,
  address: '203.0.113.10',
  steps: [step('tcp'), ...(works ? [step('websocket')] : [])],
});
const test = {
  id: 'a',
  host: 'relay.maker.example',
  ways: [way(443), way(22, false), way(53)],
  ports: [443, 22, 53].map((port) => ({
    port,
    reached: port === 22 ? 'tcp' : 'websocket',
    ms: 1,
    problem: null,
  })),
  verdict: { code: 'reachable', text: '', details: {} },
  advice: [],
  code: encodeConnection({ verdict: 'reachable', ports: ['websocket', 'tcp', 'websocket'], advice: [] }),
} as unknown as ConnectionTest;

/** Lines on which a silence of `cutMs` is the end; each connection lives or dies at once. */
const hold = (cutMs: number, options: Partial<HoldOptions> = {}) => {
  const tried: [number, number][] = [];
  const told: ConnectionTest[] = [];
  const done = holdConnections(test, {
    longestMs: silences.at(-1) ?? 0,
    signal: new AbortController().signal,
    tell: (now: ConnectionTest) => void told.push(now),
    hold: async ({ port }: Way, silenceMs: number) => {
      tried.push([port, silenceMs]);
      return silenceMs < cutMs ? { lived: true, afterMs: silenceMs } : { lived: false, afterMs: silenceMs };
    },
    ...options,
  } as unknown as HoldOptions);
  return { done, tried, told };
};

describe('connections that are held behind a test', () => {
  it('are silent for longer and longer on the port that is used, and for a minute on the others that work', async () => {
    const { done, tried, told } = hold(Number.POSITIVE_INFINITY);
    const { held, advice } = await done;
    assert.deepEqual(tried, [...silences.map((ms) => [443, ms]), [53, 65_000]]);
    assert.deepEqual(
      held?.ways.map(({ port, livedMs, cutMs }) => [port, livedMs, cutMs]),
      [
        [443, 310_000, null],
        [53, 65_000, null],
      ],
    );
    assert.deepEqual(advice, []);
    assert.equal(told[0]?.held?.running, true);
    assert.equal(held?.running, false);
  });
  it('tell between which silences they are cut, also in the code', async () => {
    const { held, advice, code } = await hold(30_000).done;
    assert.deepEqual(held?.ways[0], { port: 443, address: '203.0.113.10', livedMs: 20_000, cutMs: 40_000 });
    assert.match(advice[0]?.text ?? '', /for 20s to 40s/);
    assert.deepEqual(decodeConnection(code ?? '').advice, ['idle-cut']);
  });
  it('are none where no port works, or the relay holds none', async () => {
    const nowhere = { ...test, ports: test.ports.map((port) => ({ ...port, reached: 'tcp' as const })) };
    const options = { tell: () => assert.fail('nothing is held') } as unknown as HoldOptions;
    assert.equal(await holdConnections(nowhere, options), nowhere);
    const { held } = await hold(0, { hold: async () => undefined }).done;
    assert.deepEqual(
      held?.ways.map(({ livedMs, cutMs }) => [livedMs, cutMs]),
      [
        [0, null],
        [0, null],
      ],
    );
  });
  it('leave no timer behind where the relay is not reached', async () => {
    const clock = fakeClock();
    const { signal } = new AbortController();
    const options = { clock, signal, source: () => undefined, proxy: undefined, identity: { host: '' } };
    const nobody = { ...way(1), address: '127.0.0.1' };
    assert.equal(await holdOne(nobody, 1, options as unknown as HoldOptions), undefined);
    assert.equal(clock.pending(), 0);
  });
  it('are no advice where a longer silence was outlived: that was chance', () => {
    const held = {
      running: false,
      longestMs: 1,
      ways: [{ port: 443, address: '', livedMs: 40_000, cutMs: 20_000 }],
    };
    assert.deepEqual(withHeld(test, held).advice, []);
  });
});
