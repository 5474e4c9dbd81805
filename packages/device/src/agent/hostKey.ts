import ssh2 from 'ssh2';
import type { HostKey } from '../grant/index.ts';

/** An Ed25519 key of one grant: no host key outlives its grant, so nobody can be taken for an older one. */
export function makeHostKey(): HostKey {
  const pair = ssh2.utils.generateKeyPairSync('ed25519');
  return { private: pair.private, public: pair.public.trim() };
}
