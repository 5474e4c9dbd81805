/** Who shows a wrong identity, or a good one in the wrong place, to a relay that is the real program. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { connect as connectTlsPlainly } from 'node:tls';
import { decodeToken, grantListSchema } from '@sallyport/protocol/enrolment';
import { type GrantId, makeGrantId, type PortNumber, type Ticket } from '@sallyport/protocol/grant';
import type { TlsIdentity } from '@sallyport/protocol/tls';
import { upgrade } from '@sallyport/runtime/http';
import { systemRandom } from '@sallyport/runtime/random';
import { z } from 'zod';
import {
  dialBack,
  grantTerms,
  knock,
  openGrantOn,
  openTunnel,
} from '../../packages/relay/src/testing/device.ts';
import { join as joinRelay } from '../../packages/relay/src/testing/people.ts';
import { ask, dial, type RelayPlace } from '../../packages/relay/src/testing/relay.ts';
import { statusOf } from '../../scripts/hostile/agent.ts';
import { makeTicket } from '../../scripts/hostile/hostileRelay.ts';
import { clock, codeOf } from '../../scripts/hostile/line.ts';
import {
  deviceOf,
  newAuthority,
  representativeOf,
  type Someone,
  type StolenKeys,
  stealKeys,
} from '../../scripts/hostile/people.ts';
import { type Enabled, type Finished, mustRun, programs, type TestStage, testStage } from '../stage/index.ts';

const day = 24 * 3_600_000;
let stage: TestStage;
let relay: RelayPlace;
let keys: StolenKeys;
let erinData = '';
let erin: Someone;
let device: Someone;
let grant: Enabled;
let grantId: GrantId;

before(async () => {
  stage = await testStage();
  erinData = await stage.representative('erin@maker.example');
  grant = await stage.fresh();
  grantId = (await statusOf(stage.deviceData)).grant as GrantId;
  keys = stealKeys(stage.relayData);
  erin = representativeOf(erinData);
  device = deviceOf(stage.deviceData);
  const [port = 0] = stage.relayPorts;
  const folder = { path: stage.relayData, place: { file: '' }, remove: () => {} };
  relay = { port, folder };
});
after(() => stage.end());

const codeIn = ({ stdout }: Finished): string => JSON.parse(stdout).error.code;
/** Asks for each thing that needs an identity. @returns the codes of the refusals */
async function askAll(as: TlsIdentity | undefined): Promise<Set<string | undefined>> {
  const asked = [
    ask(relay, { path: '/v1/whoami', as, answer: z.unknown() }),
    ask(relay, { path: '/v1/grants', as, answer: grantListSchema }),
    ask(relay, { path: '/v1/renewals', method: 'POST', body: { v: 1 }, as, answer: z.unknown() }),
    ...[`/v1/grants/${grant.port}/session`, `/v1/sessions/${makeTicket()}`].map(async (path) =>
      upgrade(await dial(relay, as), { clock, timeoutMs: 10_000, path, host: 'localhost' }),
    ),
  ];
  return new Set(await Promise.all(asked.map(codeOf)));
}

describe('at the relay', () => {
  it('nobody speaks an older TLS than 1.3, in whatever role', async () => {
    for (const identity of [undefined, erin.tls, device.tls]) {
      const socket = connectTlsPlainly({
        socket: connect(relay.port, '127.0.0.1'),
        rejectUnauthorized: false,
        maxVersion: 'TLSv1.2',
        ...(identity ? { key: identity.key, cert: identity.certificate } : {}),
      });
      const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
      assert.match(error.code ?? '', /PROTOCOL_VERSION/);
    }
  });
  it('nobody without a certificate has anything but health, enrolment and login', async () => {
    assert.deepEqual([...(await askAll(undefined))], ['identity-required']);
  });
  it('a certificate of another authority is hung up on before a request', async () => {
    const foreign = await newAuthority();
    for (const role of ['representative', 'device'] as const) {
      const id = role === 'device' ? device.id : erin.id;
      const codes = await askAll((await foreign.issue(role, id)).tls);
      assert.deepEqual([...codes], ['connection-lost'], role);
    }
  });
  it('a certificate of the right name for another key is nobody’s', async () => {
    for (const who of [await keys.issue('representative', erin.id), await keys.issue('device', device.id)]) {
      const codes = await askAll(who.tls);
      const others = [...codes].filter((code) => code !== 'identity-revoked' && code !== 'role-refused');
      assert.deepEqual(others, []);
    }
  });
  it('a certificate that ran out yesterday renews itself, and nothing else', async () => {
    const late = await keys.certify('representative', erin, Date.now() - 2 * day);
    const certificate = late + erin.tls.certificate.slice(erin.certificate.length);
    const as = { key: erin.tls.key, certificate };
    assert.equal(
      await codeOf(ask(relay, { path: '/v1/grants', as, answer: grantListSchema })),
      'certificate-expired',
    );
    const renewed = {
      path: '/v1/renewals',
      method: 'POST',
      body: { v: 1 },
      as,
      answer: z.unknown(),
    } as const;
    assert.equal(await codeOf(ask(relay, renewed)), undefined);
  });
  it('a device is refused at the routes of representatives, and a representative at those of devices', async () => {
    assert.equal(
      await codeOf(ask(relay, { path: '/v1/grants', as: device.tls, answer: grantListSchema })),
      'role-refused',
    );
    assert.equal(
      await codeOf(knock(relay, { id: device.id, identity: device.tls }, grant.port)),
      'role-refused',
    );
    assert.equal(
      await codeOf(dialBack(relay, { id: erin.id, identity: erin.tls }, makeTicket())),
      'role-refused',
    );
    await assert.rejects(openTunnel(relay, { id: erin.id, identity: erin.tls }), /403/);
  });
});

describe('a second device', () => {
  let second: { id: string; identity: TlsIdentity };
  before(async () => {
    const token = (await mustRun(programs.relay, ['device', 'token', '--data', stage.relayData])).trim();
    second = await joinRelay(relay, '/v1/enrolments', decodeToken(token).secret);
  });
  const portOfFirst = async (): Promise<number | undefined> => {
    const { grants } = await ask(relay, { path: '/v1/grants', as: erin.tls, answer: grantListSchema });
    return grants.find((one) => one.device === device.id)?.port;
  };

  it('cannot take over the grant of the first by its id', async () => {
    const tunnel = await openTunnel(relay, second);
    tunnel.send({ ...grantTerms(grantId), port: grant.port as PortNumber });
    assert.equal((await tunnel.next('refused')).error.code, 'grant-ended');
    assert.equal(await portOfFirst(), grant.port);
    tunnel.socket.terminate();
  });
  it('cannot have the port number of the first by asking for it', async () => {
    const { opened, tunnel } = await openGrantOn(relay, second, {
      ...grantTerms(makeGrantId(systemRandom)),
      port: grant.port as PortNumber,
    });
    assert.notEqual(opened.port, grant.port);
    tunnel.socket.terminate();
  });
  it('cannot end or change the grant of the first on its own tunnel', async () => {
    for (const message of [
      { type: 'close', grant: grantId, reason: 'disabled' },
      { ...grantTerms(grantId), type: 'change' },
    ] as const) {
      const own = grantTerms(makeGrantId(systemRandom));
      const { tunnel } = await openGrantOn(relay, second, own);
      tunnel.send(message);
      // Messages are dealt with in order: this one is answered when the other had its effect, if any.
      tunnel.send(own);
      await tunnel.next('opened').catch(() => {});
      assert.equal(await portOfFirst(), grant.port);
      tunnel.socket.terminate();
    }
    assert.equal((await statusOf(stage.deviceData)).tunnel, 'up');
  });
  it('cannot come with the ticket of the first', async () => {
    const asked = knock(relay, { id: erin.id, identity: erin.tls }, grant.port);
    const { socket } = await asked;
    assert.equal(await codeOf(dialBack(relay, second, makeTicket() as Ticket)), 'ticket-unknown');
    socket.destroy();
  });
});

describe('the program of a representative whose certificate', () => {
  const file = (): string => join(erinData, 'identity.json');
  /** Puts a certificate that began then in the place of the one that is there. */
  async function withCertificateFrom(startMs: number, act: () => Promise<void>): Promise<void> {
    const kept = readFileSync(file(), 'utf8');
    const certificate = await keys.certify('representative', erin, startMs);
    writeFileSync(file(), JSON.stringify({ ...JSON.parse(kept), certificate }));
    try {
      await act();
    } finally {
      writeFileSync(file(), kept);
    }
  }

  it('ran out yesterday renews it by itself, and goes on', () =>
    withCertificateFrom(Date.now() - 2 * day, async () => {
      const listed = await stage.sallyport(erinData, ['grants', '--json']);
      assert.equal(listed.status, 0, listed.stdout);
      const { certificate } = JSON.parse(readFileSync(file(), 'utf8')) as { certificate: string };
      assert.ok(new X509Certificate(certificate).validToDate.getTime() > Date.now());
    }));
  it('ran out more than 30 days ago says so, and what to do', () =>
    withCertificateFrom(Date.now() - 40 * day, async () => {
      const refused = await stage.sallyport(erinData, ['exec', String(grant.port), '--json', '--', 'true']);
      assert.deepEqual([refused.status, codeIn(refused)], [253, 'certificate-expired']);
    }));
  it('is of another maker says that the relay is not theirs, and shows it nothing', async () => {
    const foreign = await newAuthority();
    const kept = readFileSync(file(), 'utf8');
    const other = await foreign.issue('representative', erin.id);
    const moved = { key: other.tls.key, certificate: other.certificate, authority: foreign.pems };
    writeFileSync(file(), JSON.stringify({ ...JSON.parse(kept), ...moved }));
    const refused = await stage.sallyport(erinData, ['grants', '--json']);
    writeFileSync(file(), kept);
    assert.deepEqual([refused.status, codeIn(refused)], [4, 'relay-not-ours']);
  });
});

describe('a device whose certificate', () => {
  const file = (): string => join(stage.deviceData, 'identity.json');
  const dayOfDevice = 730;
  async function enableWithCertificateFrom(startMs: number): Promise<Finished> {
    await stage.device(['disable']);
    const certificate = await keys.certify('device', device, startMs);
    writeFileSync(file(), JSON.stringify({ ...JSON.parse(readFileSync(file(), 'utf8')), certificate }));
    return stage.device(['enable', '--allow', 'web', '--wait', '3', '--json']);
  }

  it('ran out long ago says so when it is enabled', async () => {
    const refused = await enableWithCertificateFrom(Date.now() - (dayOfDevice + 40) * day);
    assert.notEqual(refused.status, 0);
    assert.equal((await statusOf(stage.deviceData)).problem?.code, 'certificate-expired');
  });
  it('ran out yesterday renews it by itself, and is enabled', async () => {
    const enabled = await enableWithCertificateFrom(Date.now() - (dayOfDevice + 1) * day);
    assert.equal(enabled.status, 0, enabled.stdout);
    const { certificate } = JSON.parse(readFileSync(file(), 'utf8')) as { certificate: string };
    assert.ok(new X509Certificate(certificate).validToDate.getTime() > Date.now());
  });
});
