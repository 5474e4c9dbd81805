import { text } from 'node:stream/consumers';
import { AsyncEntry } from '@napi-rs/keyring';

/** One act on the keyring, in a process of its own: `read`, `keep` (the secret on standard input) or `forget`. */
const [act, service = '', account = ''] = process.argv.slice(2);

async function run(): Promise<void> {
  const entry = new AsyncEntry(service, account);
  if (act === 'read') process.stdout.write((await entry.getPassword()) ?? '');
  if (act === 'keep') {
    const secret = await text(process.stdin);
    await entry.setPassword(secret);
    process.stdout.write((await entry.getPassword()) ?? '');
  }
  if (act === 'forget') await entry.deleteCredential();
}

void run();
