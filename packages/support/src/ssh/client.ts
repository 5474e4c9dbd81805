import { timingSafeEqual } from 'node:crypto';
import { fail as protocolFail, SallyportError } from '@sallyport/protocol/errors';
import { printable } from '@sallyport/protocol/text';
import { Client, type ConnectConfig } from 'ssh2';
import { fail } from '../errors/index.ts';
import type { Session } from '../session/index.ts';

/** What both ends of ours speak, the quickest first: inside two layers of TLS its strength is not what protects. */
const algorithms = {
  kex: ['curve25519-sha256', 'curve25519-sha256@libssh.org'],
  serverHostKey: ['ssh-ed25519'],
  cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr'],
  compress: ['none'],
} satisfies ConnectConfig['algorithms'];

/**
 * An SSH connection to the device over the session's channel `ssh`. Nothing of the person's keys takes part: the session
 * says who is there (design, section 4, step 9).
 *
 * @throws what opening the channel throws; device-changed if the host key is not the one that the session told
 */
export async function connectSsh(session: Session): Promise<Client> {
  const sock = await session.openChannel('ssh');
  const wanted = Buffer.from(session.hostKey.split(' ')[1] ?? '', 'base64');
  const client = new Client();
  let isOther = false;
  return new Promise((resolve, reject) => {
    const onError = (error: unknown): void => {
      client.destroy();
      if (isOther) reject(fail('device-changed', { details: { port: session.port }, leg: 'device' }));
      else reject(sshFailure(error));
    };
    client.on('error', onError);
    client.once('close', () => onError(protocolFail('session-closed')));
    client.once('ready', () => {
      client.off('error', onError).on('error', () => {});
      resolve(client);
    });
    client.connect({
      sock,
      username: 'support',
      authHandler: ['none'],
      readyTimeout: 0,
      keepaliveInterval: 0,
      algorithms,
      hostVerifier: (shown: Buffer) => {
        isOther = !(shown.length === wanted.length && timingSafeEqual(shown, wanted));
        return !isOther;
      },
    });
  });
}

/** What `ssh2` reports of a request that the device did not grant. */
export function sshFailure(error: unknown): SallyportError {
  if (error instanceof SallyportError) return error;
  const { code = '' } = error as NodeJS.ErrnoException;
  if (code.startsWith('ERR_HTTP2')) return protocolFail('connection-lost', { cause: error, leg: 'device' });
  const reason = printable(error instanceof Error ? error.message : String(error));
  return fail('ssh-failed', { details: { reason }, cause: error, leg: 'device' });
}
