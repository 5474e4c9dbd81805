import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { Clock } from '@sallyport/protocol/environment';
import { fail, SallyportError } from '@sallyport/protocol/errors';
import type { GrantId, Otp, PortNumber, Scope, StreamId } from '@sallyport/protocol/grant';
import { pairOnDevice } from '@sallyport/protocol/pairing';
import { fromRepresentativeSchemas, HelloChannel, refuse } from '@sallyport/protocol/session';
import { createTlsAcceptor, pairingSessionId, type TlsIdentity } from '@sallyport/protocol/tls';
import type { Maker } from './maker.ts';

/** A device as a test wants it: what it believes, and what it does wrong. */
export type FakeDevice = {
  readonly id: string;
  grant: GrantId;
  port: PortNumber;
  otp: Otp;
  scopes: Scope[];
  /** What it says is left of the grant. */
  leftMs: number;
  /** Keys of representatives that are paired. */
  readonly paired: Set<string>;
  /** Pairing runs that were begun. */
  runs: number;
  /** Breaks the connection at this point: a pairing has begun, its pin was stored, the device was asked to open. */
  cutAt?: 'started' | 'stored' | 'open' | undefined;
  /** So many connections are broken that ask to open without a pairing. */
  cuts: number;
  /** Says this grant in `opened` instead of its own. */
  lieAboutGrant?: GrantId | undefined;
  /** Called with the connection on which a stream begins. */
  onOpened: (connection: Duplex) => void;
  /** Serves one half of a session. */
  serve(half: Duplex): void;
};

const { publicKey } = generateKeyPairSync('ed25519');
const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
const field = (bytes: Buffer): Buffer => Buffer.concat([Buffer.of(0, 0, 0, bytes.length), bytes]);
export const hostKey = `ssh-ed25519 ${Buffer.concat([field(Buffer.from('ssh-ed25519')), field(raw)]).toString('base64')}`;

export async function makeFakeDevice(
  maker: Maker,
  clock: Clock,
  id: string,
  terms: Pick<FakeDevice, 'grant' | 'port' | 'otp'>,
): Promise<FakeDevice> {
  const identity: TlsIdentity = await maker.identify('device', id, clock.wallMs());
  const acceptor = createTlsAcceptor({
    identity: () => identity,
    authority: maker.authority,
    roles: ['representative'],
    certificate: 'required',
    now: () => clock.wallMs(),
    clock,
  });
  const device: FakeDevice = {
    ...terms,
    id,
    scopes: ['terminal'],
    leftMs: 3_600_000,
    paired: new Set(),
    runs: 0,
    cuts: 0,
    onOpened: () => {},
    serve: (half) => void converse(device, half).catch(() => half.destroy()),
  };

  const converse = async (self: FakeDevice, half: Duplex): Promise<void> => {
    const { socket, peer } = await acceptor.accept(half);
    if (!peer) throw fail('identity-required');
    const channel = new HelloChannel(socket);
    const { pair, open } = fromRepresentativeSchemas;
    const deadline = AbortSignal.timeout(10_000);
    try {
      let message = await channel.receive({ pair, open }, { deadline });
      if (message.type === 'pair') {
        self.runs += 1;
        channel.send({ type: 'ready', grant: self.grant, port: self.port });
        const { X509Certificate } = await import('node:crypto');
        const { certificateSha256 } = await import('@sallyport/protocol/identity');
        await pairOnDevice({
          channel,
          otp: self.otp,
          port: self.port,
          grant: self.grant,
          sessionId: pairingSessionId(socket),
          own: { certificateSha256: certificateSha256(new X509Certificate(identity.certificate)) },
          peer: { certificateSha256: peer.certificateSha256 },
          random: randomBytes,
          clock,
          record: {
            started: () => {
              if (self.cutAt === 'started') half.destroy();
            },
            paired: () => {
              self.paired.add(peer.keySha256);
              if (self.cutAt === 'stored') half.destroy();
            },
            left: () => 2,
          },
          deadline,
        });
        message = await channel.receive({ open }, { deadline });
        if (self.cutAt === 'open') {
          half.destroy();
          return;
        }
      } else if (self.cuts > 0) {
        self.cuts -= 1;
        half.destroy();
        return;
      }
      if (!self.paired.has(peer.keySha256)) throw fail('not-paired');
      channel.send({
        type: 'opened',
        grant: self.lieAboutGrant ?? self.grant,
        port: self.port,
        device: self.id,
        stream: randomBytes(16).toString('hex') as StreamId,
        scopes: self.scopes,
        leftMs: self.leftMs,
        hostKey,
      });
      self.onOpened(channel.release());
    } catch (error) {
      refuse(channel, error instanceof SallyportError ? error : fail('internal', { cause: error }));
    }
  };
  return device;
}
