import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '@sallyport/protocol/environment';
import { systemClock } from '@sallyport/runtime/clock';
import { makeIdentity, writeIdentity } from '../identity/index.ts';
import type { Caller } from '../relay/index.ts';
import type { Maker } from './maker.ts';

/** The machine's clock, on a date of the test's choice. */
export type DatedClock = Clock & { setWall(ms: number): void };
export function datedClock(wallMs: number): DatedClock {
  let wall = wallMs;
  return {
    ...systemClock(),
    wallMs: () => wall,
    setWall: (ms) => {
      wall = ms;
    },
  };
}

/** A representative with a data folder, who finds the relay at `port`. */
export async function makeCaller(
  maker: Maker,
  clock: Clock,
  port: number,
): Promise<Caller & { remove(): void }> {
  const data = mkdtempSync(join(tmpdir(), 'sallyport-caller-'));
  const id = 'erin@maker.example';
  const { key, leaf } = await maker.identify('representative', id, clock.wallMs());
  const relay = { host: 'localhost', ports: [port] };
  const file = { v: 1, id, relay, key, certificate: leaf, authority: maker.pems } as const;
  writeIdentity(data, { ...file, relay: { host: 'localhost', ports: [port] } });
  return {
    data,
    clock,
    identity: makeIdentity({ ...file, relay: { host: 'localhost', ports: [port] } }),
    remove: () => rmSync(data, { recursive: true, force: true }),
  };
}
