/** Something else in the relay's place: a firewall that inspects TLS, another maker's relay, a device, an older TLS. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { createServer, type SecureVersion, type Server } from 'node:tls';
import type { TlsIdentity } from '@sallyport/protocol/tls';
import { followAgent } from '../../packages/device/src/api/index.ts';
import { fakeTimeLibrary } from '../../scripts/checks/programs.ts';
import { type LoneDevice, startLoneDevice } from '../../scripts/hostile/agent.ts';
import { startHostileRelay } from '../../scripts/hostile/hostileRelay.ts';
import { newAuthority, type StolenKeys } from '../../scripts/hostile/people.ts';
import { type LoneRepresentative, makeLoneRepresentative } from '../../scripts/hostile/representative.ts';
import { freePorts } from '../stage/index.ts';

const day = 24 * 3_600_000;
let keys: StolenKeys;
let ports: number[];
let device: LoneDevice;
let erin: LoneRepresentative;

before(async () => {
  keys = await newAuthority();
  ports = await freePorts(1);
  erin = await makeLoneRepresentative(keys, ports);
  device = await startLoneDevice(keys, ports);
});
after(async () => {
  await device.end();
  erin.remove();
});

type Impostor = { readonly heard: () => string; close(): Promise<void> };

/** A TLS server on the relay's port, which takes anybody and keeps what it hears. */
async function pose(identity: TlsIdentity, version: SecureVersion): Promise<Impostor> {
  const { key, certificate: cert } = identity;
  let heard = '';
  const server: Server = createServer(
    { key, cert, requestCert: true, rejectUnauthorized: false, minVersion: version, maxVersion: version },
    (socket) => {
      socket.on('error', () => {});
      socket.on('data', (chunk) => {
        heard += String(chunk);
      });
    },
  );
  server.on('tlsClientError', () => {});
  await once(server.listen(ports[0], '127.0.0.1'), 'listening');
  return {
    heard: () => heard,
    close: async () => {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('in the place of the relay,', () => {
  const cases: { [who: string]: () => Promise<{ identity: TlsIdentity; version?: SecureVersion }> } = {
    'a relay of another maker': async () => ({ identity: (await newAuthority()).relay }),
    'a device of the same maker': async () => ({ identity: (await keys.issue('device', 'localhost')).tls }),
    'a representative of the same maker': async () => ({
      identity: (await keys.issue('representative', 'localhost')).tls,
    }),
    'a relay of the same maker by another name': async () => ({
      identity: (await keys.issue('relay', 'other.example')).tls,
    }),
    'the relay, with a certificate that ran out': async () => ({
      identity: (await keys.issue('relay', 'localhost', Date.now() - 100 * day)).tls,
    }),
    'a relay of another maker, with a certificate that ran out': async () => ({
      identity: (await (await newAuthority()).issue('relay', 'localhost', Date.now() - 100 * day)).tls,
    }),
    'the relay, with TLS 1.2': async () => ({ identity: keys.relay, version: 'TLSv1.2' }),
  };
  for (const [who, make] of Object.entries(cases)) {
    it(`${who} is told nothing by the program and by the device, and both say what it is`, async () => {
      const { identity, version = 'TLSv1.3' } = await make();
      const impostor = await pose(identity, version);
      try {
        const refused = await erin.run(['grants', '--json']);
        const { code, details } = JSON.parse(refused.stdout).error;
        assert.deepEqual([refused.status, code], [4, 'relay-not-ours']);
        assert.ok(String(details.reason).length > 10);
        await device.fresh({ forMs: 3_600_000, scopes: ['web'] });
        const problem = await followAgent(
          device.data,
          (status) => status.problem?.code,
          AbortSignal.timeout(10_000),
        );
        assert.equal(problem, 'relay-not-ours');
        assert.equal(impostor.heard(), '');
      } finally {
        await impostor.close();
      }
    });
  }
});

/** A device whose clock is wrong leaves the dates out, and only the dates: what is not trusted does not get in by having run out. */
describe('in the place of the relay of a device whose clock is wrong,', () => {
  const clocks = { 'in 1970': '@1970-01-02 00:00:00', 'two years ahead': '+2y' };
  const longAgo = (): number => Date.now() - 100 * day;
  const impostors: { [who: string]: () => Promise<TlsIdentity> } = {
    'a relay of another maker': async () => (await newAuthority()).relay,
    'a relay of another maker, with a certificate that ran out': async () =>
      (await (await newAuthority()).issue('relay', 'localhost', longAgo())).tls,
    'a device of the same maker, with a certificate that ran out': async () =>
      (await keys.issue('device', 'localhost', Date.now() - 800 * day)).tls,
    'a relay of the same maker by another name, with a certificate that ran out': async () =>
      (await keys.issue('relay', 'other.example', longAgo())).tls,
  };
  for (const [when, time] of Object.entries(clocks)) {
    describe(when, () => {
      let wrong: LoneDevice;
      before(async () => {
        wrong = await startLoneDevice(keys, ports, {
          env: {
            LD_PRELOAD: globSync(fakeTimeLibrary)[0] ?? '',
            FAKETIME: time,
            FAKETIME_DONT_FAKE_MONOTONIC: '1',
            DONT_FAKE_MONOTONIC: '1',
          },
        });
      });
      after(() => wrong?.end());
      for (const [who, make] of Object.entries(impostors)) {
        it(`${who} is told nothing`, async () => {
          const impostor = await pose(await make(), 'TLSv1.3');
          try {
            await wrong.fresh({ forMs: 3_600_000, scopes: ['web'] });
            const problem = await followAgent(
              wrong.data,
              (status) => status.problem?.code,
              AbortSignal.timeout(15_000),
            );
            assert.equal(problem, 'relay-not-ours');
            assert.equal(impostor.heard(), '');
          } finally {
            await impostor.close();
          }
        });
      }
      it('the relay itself is told which grant is open: the way is there', async () => {
        const relay = await startHostileRelay(keys, ports);
        try {
          await wrong.fresh({ forMs: 3_600_000, scopes: ['web'] });
          assert.equal((await relay.tunnel()).open.type, 'open');
          const told = await followAgent(
            wrong.data,
            ({ notices }) => notices.find(({ text }) => /years (behind|ahead)/.test(text)),
            AbortSignal.timeout(15_000),
          );
          assert.ok(told, 'its clock is wrong, as it says');
        } finally {
          await relay.close();
        }
      });
    });
  }
});
