import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, type Log, silentLog } from '@sallyport/protocol/environment';
import { createAuthority } from '@sallyport/protocol/issue';
import { connectTls, type TlsIdentity } from '@sallyport/protocol/tls';
import { systemClock } from '@sallyport/runtime/clock';
import { request } from '@sallyport/runtime/http';
import { systemRandom } from '@sallyport/runtime/random';
import type { z } from 'zod';
import { readAuthority, writeAuthority } from '../authority/index.ts';
import { type RunningRelay, startRelay } from '../serve/index.ts';
import { openStore, type Store, type StorePlace, type Writes } from '../store/index.ts';

export const clock = systemClock();
export const random = systemRandom;
export const relayName = 'localhost';

/** A data folder with a new authority in it. */
export type TestFolder = { readonly path: string; readonly place: StorePlace; remove(): void };

export async function makeFolder(place?: StorePlace): Promise<TestFolder> {
  const path = mkdtempSync(join(tmpdir(), 'sp-relay-'));
  mkdirSync(join(path, 'authority'));
  mkdirSync(join(path, 'nodes'));
  writeAuthority(path, await createAuthority({ name: 'Test', random, now: clock.wallMs() }), writeFileSync);
  return {
    path,
    place: place ?? { file: join(path, 'relay.sqlite') },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** Where a test finds a node. */
export type RelayPlace = { readonly folder: TestFolder; readonly port: number };
export type TestRelay = RunningRelay & RelayPlace;

/** A node on a free port of the loopback. */
export async function startNode(
  folder: TestFolder,
  options: {
    readonly node?: string;
    readonly log?: Log;
    readonly headersMs?: number;
    readonly clock?: Clock;
  } = {},
): Promise<TestRelay> {
  const relay = await startRelay({
    folder: folder.path,
    relayHost: relayName,
    node: options.node,
    listen: [{ host: '127.0.0.1', port: 0 }],
    place: folder.place,
    version: '0.0.0-test',
    clock: options.clock ?? clock,
    random,
    log: options.log ?? silentLog,
    write: writeFileSync,
    ...(options.headersMs === undefined ? {} : { headersMs: options.headersMs }),
  });
  return { ...relay, folder, port: relay.addresses[0]?.port ?? 0 };
}

/** What a command in another process does: its own connection to the same database. */
export async function asOperator<T>(
  folder: TestFolder,
  work: (writes: Writes, store: Store) => Promise<T>,
): Promise<T> {
  const store = await openStore(folder.place);
  try {
    return await store.db.transaction().execute((writes) => work(writes, store));
  } finally {
    await store.close();
  }
}

/** A TLS connection to a node, as somebody or nobody. */
export async function dial(
  relay: RelayPlace,
  identity?: TlsIdentity,
): Promise<Awaited<ReturnType<typeof connectTls>>['socket']> {
  const { socket } = await connectTls(connect(relay.port, '127.0.0.1'), {
    authority: readAuthority(relay.folder.path).parsed,
    role: 'relay',
    identity,
    servername: relayName,
    now: () => clock.wallMs(),
    clock,
  });
  return socket;
}

/** One request. */
export async function ask<S extends z.ZodType>(
  relay: RelayPlace,
  options: {
    readonly path: string;
    readonly answer: S;
    readonly body?: unknown;
    readonly as?: TlsIdentity | undefined;
    readonly method?: 'GET' | 'POST';
  },
): Promise<z.output<S>> {
  const socket = await dial(relay, options.as);
  const { as: _as, ...rest } = options;
  return request(socket, { clock, timeoutMs: 10_000, host: relayName, ...rest });
}
