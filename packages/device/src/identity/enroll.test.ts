import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { encodeToken } from '@sallyport/protocol/enrolment';
import type { Clock } from '@sallyport/protocol/environment';
import { fail, toWireError } from '@sallyport/protocol/errors';
import { rootSha256 } from '@sallyport/protocol/identity';
import { createTlsAcceptor } from '@sallyport/protocol/tls';
import { testAuthority } from '@sallyport/protocol/zoo';
import { systemClock } from '@sallyport/runtime/clock';
import { relayTime } from '../tunnel/relayTime.ts';
import { enroll } from './enroll.ts';
import { identityStore } from './store.ts';

const made = Date.UTC(2027, 0, 1);
const yearMs = 365 * 24 * 3_600_000;
const home = await testAuthority(made);
const relay = await home.issue('relay', 'localhost');
let folder: string;
let server: Server;
/** How often somebody trusted this relay so far as to tell it the secret. */
let told = 0;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-'));
  const http = createHttp((_request, response) => {
    told += 1;
    response.writeHead(410, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: toWireError(fail('token-spent')) }));
  });
  const acceptor = createTlsAcceptor({
    identity: () => relay,
    authority: home.authority,
    roles: ['device'],
    certificate: 'optional',
    now: () => made,
    clock: systemClock(),
  });
  server = createServer((socket) => {
    acceptor.accept(socket).then(
      ({ socket: secure }) => http.emit('connection', secure),
      () => {},
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
after(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

/** Enrols a device whose clock says `wall`, and whose folder last knew the time `lastTime`. @returns the error's code */
async function enrolled(wall: number, lastTime: number): Promise<unknown> {
  const clock: Clock = { ...systemClock(), wallMs: () => wall };
  const { port } = server.address() as AddressInfo;
  const token = encodeToken({
    kind: 'device',
    host: 'localhost',
    ports: [port],
    rootSha256: rootSha256(home.authority),
    secret: 'x'.repeat(32),
  });
  const enrolling = enroll({
    token,
    name: undefined,
    again: false,
    identity: identityStore(join(folder, 'identity.json')),
    clock,
    signal: new AbortController().signal,
    time: relayTime(clock, made, lastTime),
  });
  return enrolling.then(
    () => 'enrolled',
    (error: { code?: string }) => error.code,
  );
}

describe('enrolment by a clock that is wrong', () => {
  it('works with one in 1970 and with one years ahead, as the tunnel does, and tells the secret once', async () => {
    for (const wall of [made + 60_000, 0, made + 3 * yearMs]) {
      told = 0;
      assert.equal(await enrolled(wall, 0), 'token-spent', new Date(wall).toISOString());
      assert.equal(told, 1);
    }
  });

  it('tells the secret to no relay whose certificate had run out when the folder last knew the time', async () => {
    told = 0;
    for (const wall of [0, made + 3 * yearMs, made + 4 * yearMs]) {
      assert.equal(await enrolled(wall, made + 3 * yearMs), 'relay-not-ours', new Date(wall).toISOString());
    }
    assert.equal(told, 0);
  });
});
