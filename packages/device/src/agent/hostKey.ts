import { createRequire } from 'node:module';
import type { HostKey } from '../grant/index.ts';

const require = createRequire(import.meta.url);
// Not by the public face of ssh2, which loads its client and its server, too, for as long as the agent runs.
const { generateKeyPairSync } = require('ssh2/lib/keygen.js') as {
  generateKeyPairSync(type: 'ed25519'): { readonly private: string; readonly public: string };
};

/** An Ed25519 key of one grant: no host key outlives its grant, so nobody can be taken for an older one. */
export function makeHostKey(): HostKey {
  const pair = generateKeyPairSync('ed25519');
  return { private: pair.private, public: pair.public.trim() };
}
