import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { type ConnectionOptions, type TLSSocket, connect as tlsConnect } from 'node:tls';
import { makeWebCertificate } from '../issue/index.ts';
import { fakeClock, seededRandom } from '../testing/index.ts';
import { createBrowserAcceptor } from './index.ts';
import { clock, now, outcome, socketPair } from './testEndpoints.ts';

const certificateOf = () =>
  makeWebCertificate({ names: ['press-7', '192.0.2.7', 'fe80::1'], now, random: seededRandom(1) });
const own = await certificateOf();
const acceptor = () => createBrowserAcceptor({ identity: () => own, clock });

async function browse(
  options: ConnectionOptions,
): Promise<{ served: Promise<TLSSocket>; socket: TLSSocket }> {
  const pair = await socketPair();
  const served = acceptor().accept(pair.server);
  served.catch(() => {});
  const socket = tlsConnect({ socket: pair.client, rejectUnauthorized: false, ...options });
  socket.on('error', () => {});
  return { served, socket };
}

describe('TLS for browsers', { timeout: 10_000 }, () => {
  it('shows the certificate of the device, speaks version 1.3 and HTTP/1.1, and asks for no certificate', async () => {
    const { served, socket } = await browse({ ALPNProtocols: ['h2', 'http/1.1'] });
    await once(socket, 'secureConnect');
    const shown = socket.getPeerX509Certificate();
    assert.equal(shown?.fingerprint256, new X509Certificate(own.certificate).fingerprint256);
    assert.equal(socket.getProtocol(), 'TLSv1.3');
    assert.equal(socket.alpnProtocol, 'http/1.1');
    (await served).end('good evening');
    assert.equal(String((await once(socket, 'data'))[0]), 'good evening');
    socket.destroy();
  });

  it('refuses version 1.2', async () => {
    const { served } = await browse({ maxVersion: 'TLSv1.2' });
    assert.equal(await outcome(served), 'protocol');
  });

  it('resumes nothing', async () => {
    const first = await browse({});
    const [session] = (await Promise.race([
      once(first.socket, 'session'),
      first.served.then(() => once(first.socket, 'session')),
    ])) as [Buffer];
    first.socket.destroy();
    const second = await browse({ session });
    await second.served;
    assert.equal(second.socket.isSessionReused(), false);
    second.socket.destroy();
  });

  it('gives up on a handshake that does not come', async () => {
    const pair = await socketPair();
    const slow = fakeClock(now);
    const served = createBrowserAcceptor({ identity: () => own, clock: slow }).accept(pair.server);
    const ended = outcome(served);
    await slow.advance(10_000);
    assert.equal(await ended, 'timed-out');
  });
});

describe('the certificate of a web interface', () => {
  const certificate = new X509Certificate(own.certificate);
  it('is for the names and addresses by which the device is reached', () => {
    assert.equal(certificate.checkHost('press-7'), 'press-7');
    assert.equal(certificate.checkIP('192.0.2.7'), '192.0.2.7');
    assert.ok(certificate.checkIP('fe80::1'));
    assert.equal(certificate.checkHost('other'), undefined);
  });
  it('vouches for itself, and for nobody else', () => {
    assert.ok(certificate.verify(certificate.publicKey));
    assert.equal(certificate.ca, false);
  });
});
