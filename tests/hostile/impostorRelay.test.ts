/** Something else in the relay's place: a firewall that inspects TLS, another maker's relay, a device, an older TLS. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { createServer, type SecureVersion, type Server } from 'node:tls';
import type { TlsIdentity } from '@sallyport/protocol/tls';
import { followAgent } from '../../packages/device/src/api/index.ts';
import { type LoneDevice, startLoneDevice } from '../../scripts/hostile/agent.ts';
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
