import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { renewalAnswerSchema, whoamiSchema } from '@sallyport/protocol/enrolment';
import { SallyportError } from '@sallyport/protocol/errors';
import { makeKeyAndRequest } from '@sallyport/protocol/identity';
import { createAuthority, issueLeaf } from '@sallyport/protocol/issue';
import type { TlsIdentity } from '@sallyport/protocol/tls';
import { upgrade } from '@sallyport/runtime/http';
import { z } from 'zod';
import { makeIssuer, readAuthority } from '../authority/index.ts';
import { removeDevice } from '../devices/index.ts';
import { resetRepresentative, revokeRepresentative } from '../representatives/index.ts';
import { enrolDevice, logIn, type Person } from '../testing/people.ts';
import {
  ask,
  asOperator,
  clock,
  dial,
  makeFolder,
  random,
  relayName,
  startNode,
  type TestFolder,
  type TestRelay,
} from '../testing/relay.ts';
import { findUpgrade, type Route, routes } from './index.ts';

const dayMs = 24 * 3_600_000;
const withCode = (code: string) => (error: unknown) => error instanceof SallyportError && error.code === code;

describe('the gate', () => {
  let folder: TestFolder;
  let relay: TestRelay;
  let device: Person;
  let erin: Person;

  before(async () => {
    folder = await makeFolder();
    relay = await startNode(folder);
    device = await enrolDevice(relay);
    erin = await logIn(relay, 'erin@maker.example');
  });
  after(async () => {
    await relay.stop();
    folder.remove();
  });

  /** Asks for a route as it wants to be asked; the parameter is one that could be there. */
  async function tryRoute(route: Route, as: TlsIdentity | undefined): Promise<unknown> {
    const path = route.path.replace(':port', '40001').replace(':ticket', '0'.repeat(32));
    if (!route.upgrade)
      return ask(relay, { path, method: route.method, as, answer: z.unknown(), ...bodyOf(route) });
    const stream = await dial(relay, as);
    return upgrade(stream, { clock, timeoutMs: 5_000, path, host: relayName, protocol: route.upgrade });
  }
  const bodyOf = (route: Route) => (route.method === 'POST' ? { body: { v: 1 } } : {});
  const codeOf = (trying: Promise<unknown>): Promise<string> =>
    trying.then(
      () => 'admitted',
      (error) => (error instanceof SallyportError ? error.code : String(error)),
    );
  const refusals = [
    'identity-required',
    'role-refused',
    'identity-revoked',
    'certificate-expired',
    'not-found',
  ];

  for (const [name, route] of Object.entries(routes) as [string, Route][]) {
    for (const role of ['nobody', 'device', 'representative'] as const) {
      const admitted = route.who === 'anyone' || (role !== 'nobody' && route.who.includes(role));
      const expected = admitted ? 'lets in' : 'refuses';
      it(`${expected} ${role} at ${name}`, async () => {
        const as = { nobody: undefined, device: device.identity, representative: erin.identity }[role];
        const code = await codeOf(tryRoute(route, as));
        if (admitted) assert.ok(!refusals.includes(code), code);
        else assert.equal(code, role === 'nobody' ? 'identity-required' : 'role-refused');
      });
    }
  }

  it('has three routes without an identity, and no more', () => {
    const open = Object.entries(routes).filter(([, route]) => route.who === 'anyone');
    assert.deepEqual(
      open.map(([name]) => name),
      ['health', 'enrolments', 'logins'],
    );
  });

  it('refuses what is not in the table: nobody learns what is there', async () => {
    const unknown: Route = { method: 'GET', path: '/v1/secrets', who: [] };
    assert.equal(await codeOf(tryRoute(unknown, undefined)), 'identity-required');
    assert.equal(await codeOf(tryRoute(unknown, erin.identity)), 'not-found');
    const head: Route = { method: 'POST', path: '/v1/health', who: [] };
    assert.equal(await codeOf(tryRoute(head, undefined)), 'identity-required');
    const other: Route = { ...routes.health, who: [], upgrade: 'websocket' };
    assert.equal(await codeOf(tryRoute(other, undefined)), 'identity-required');
  });

  it('finds a route for an upgrade only under its own protocol, method and path', () => {
    const found = findUpgrade('GET', '/v1/grants/40001/session?x=1', 'Sallyport-Session');
    assert.deepEqual([found?.name, found?.parameter], ['knock', '40001']);
    for (const [method, path, protocol] of [
      ['POST', '/v1/grants/40001/session', 'sallyport-session'],
      ['GET', '/v1/grants/40001/session', 'websocket'],
      ['GET', '/v1/grants//session', 'sallyport-session'],
      ['GET', '/v1/grants/40001/session/', 'sallyport-session'],
      ['GET', '/v1/grants/40001/x/session', 'sallyport-session'],
      ['GET', '/v1/health', 'websocket'],
    ] as const) {
      assert.equal(findUpgrade(method, path, protocol), undefined, `${method} ${path} ${protocol}`);
    }
  });

  describe('looks at certificates', () => {
    /** A certificate made for a key that the relay knows. */
    async function certificateFor(
      person: Person,
      role: 'device' | 'representative',
      dates: { notBefore: number; notAfter: number },
      options: { id?: string; issuer?: 'relay' | 'device' | 'representative' } = {},
    ): Promise<TlsIdentity> {
      const authority = readAuthority(folder.path);
      const leaf = new X509Certificate(person.identity.certificate);
      const certificate = await issueLeaf({
        issuer: authority.intermediates[options.issuer ?? role],
        role,
        id: options.id ?? person.id,
        publicKey: leaf.publicKey.export({ type: 'spki', format: 'der' }),
        ...dates,
      });
      return { key: person.identity.key, certificate: `${certificate}${authority.pems[role]}` };
    }
    const fresh = () => ({ notBefore: clock.wallMs() - 60_000, notAfter: clock.wallMs() + dayMs });
    const ranOut = (agoMs: number) => ({
      notBefore: clock.wallMs() - 60 * dayMs,
      notAfter: clock.wallMs() - agoMs,
    });
    /** Such a certificate does not get as far as a request: the relay ends the connection at its handshake. */
    const unanswered = withCode('connection-lost');
    const whoami = (as: TlsIdentity) => ask(relay, { path: '/v1/whoami', as, answer: whoamiSchema });
    const renew = (as: TlsIdentity) =>
      ask(relay, { path: '/v1/renewals', method: 'POST', body: { v: 1 }, as, answer: renewalAnswerSchema });

    it('tells a caller who they are', async () => {
      assert.deepEqual(
        { ...(await whoami(erin.identity)), now: 0 },
        { v: 1, id: erin.id, role: 'representative', rank: 'support', relay: relayName, now: 0 },
      );
      assert.equal((await whoami(device.identity)).role, 'device');
    });

    it('refuses one that has run out, everywhere but at renewal', async () => {
      const expired = await certificateFor(erin, 'representative', ranOut(dayMs));
      await assert.rejects(whoami(expired), withCode('certificate-expired'));
      const { certificate } = await renew(expired);
      const renewed = new X509Certificate(certificate);
      assert.ok(renewed.validToDate.getTime() > clock.wallMs() + dayMs - 60_000);
      const authority = readAuthority(folder.path);
      const identity = {
        key: erin.identity.key,
        certificate: `${certificate}${authority.pems.representative}`,
      };
      assert.equal((await whoami(identity)).id, erin.id);
    });

    it('refuses to renew one that ran out more than 30 days ago', async () => {
      const expired = await certificateFor(device, 'device', {
        notBefore: clock.wallMs() - 90 * dayMs,
        notAfter: clock.wallMs() - 31 * dayMs,
      });
      await assert.rejects(renew(expired), unanswered);
    });

    it('refuses one of another authority', async () => {
      const foreign = await createAuthority({ name: 'Foreign', random, now: clock.wallMs() });
      const { key, request } = await makeKeyAndRequest();
      const issuer = makeIssuer(foreign);
      const { spki } = await issuer.readRequest(request);
      const { certificate } = await issuer.issue('representative', erin.id, spki, clock.wallMs());
      const as = { key, certificate: `${certificate}${foreign.representative.certificate}` };
      await assert.rejects(whoami(as), unanswered);
    });

    it("refuses a representative's certificate that the device authority signed", async () => {
      const wrong = await certificateFor(erin, 'representative', fresh(), { issuer: 'device' });
      await assert.rejects(whoami(wrong), unanswered);
    });

    it('refuses a good certificate for a key that is not the one it knows', async () => {
      const wrong = await certificateFor(erin, 'device', fresh(), { id: device.id });
      await assert.rejects(whoami(wrong), withCode('identity-revoked'));
      const nobody = await certificateFor(erin, 'representative', fresh(), { id: 'nobody' });
      await assert.rejects(whoami(nobody), withCode('identity-revoked'));
    });

    it('refuses a representative from the moment they are revoked, on the connection that stands too', async () => {
      const eve = await logIn(relay, 'eve@maker.example');
      const standing = await dial(relay, eve.identity);
      const statusOf = async (): Promise<string> => {
        standing.write(`GET /v1/whoami HTTP/1.1\r\nHost: ${relayName}\r\n\r\n`);
        const [answer] = (await once(standing, 'data')) as [Buffer];
        return answer.toString('latin1').split('\r\n', 1)[0] ?? '';
      };
      assert.equal(await statusOf(), 'HTTP/1.1 200 OK');
      await asOperator(folder, (writes) =>
        revokeRepresentative(writes, eve.id, { now: clock.wallMs(), actor: 'test', reason: '' }),
      );
      assert.equal(await statusOf(), 'HTTP/1.1 403 Forbidden');
      standing.destroy();
      await assert.rejects(whoami(eve.identity), withCode('identity-revoked'));
      await assert.rejects(renew(eve.identity), withCode('identity-revoked'));
    });

    it('refuses the old key of a representative who was reset', async () => {
      const eva = await logIn(relay, 'eva@maker.example');
      const now = clock.wallMs();
      await asOperator(folder, (writes) =>
        resetRepresentative(writes, eva.id, { now, actor: 'test', random, endsAt: now + dayMs }),
      );
      await assert.rejects(whoami(eva.identity), withCode('identity-revoked'));
    });

    it('refuses a device from the moment it is removed', async () => {
      const gone = await enrolDevice(relay);
      await asOperator(folder, (writes) =>
        removeDevice(writes, gone.id, { now: clock.wallMs(), reason: '', actor: 'test' }),
      );
      await assert.rejects(whoami(gone.identity), withCode('identity-revoked'));
      await assert.rejects(renew(gone.identity), withCode('identity-revoked'));
    });
  });

  it('puts every HTTP route of the table, and no other, into the server', async () => {
    const source = readFileSync(joinPath(import.meta.dirname, '../serve/http.ts'), 'utf8');
    const registered = [...source.matchAll(/^ {2}answer\('(\w+)'/gm)].map(([, name]) => name);
    const wanted = Object.entries(routes as { [name: string]: Route }).filter(([, route]) => !route.upgrade);
    assert.deepEqual(registered.toSorted(), wanted.map(([name]) => name).toSorted());
  });
});
