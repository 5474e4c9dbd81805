import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The line of a known-hosts file for `40123.sallyport`: the host key from the newest pin of that port number. `ssh` asks
 * twice for each connection, so this imports nothing that would take time to load, and reads pins without their schema:
 * a line that is not a key is a line that `ssh` refuses.
 *
 * @param host as `ssh` looks it up: its `%H`
 */
export function knownHostLine(data: string, host: string): string | undefined {
  const port = /^\[?(4\d{4})\.sallyport(?:\]:\d+)?$/.exec(host)?.[1];
  if (!port) return undefined;
  const folder = join(data, 'pins');
  let newest: { pairedAt: number; hostKey: string } | undefined;
  for (const name of readdirSync(folder)) {
    if (!/^[0-9a-f]{32}\.json$/.test(name)) continue;
    const pin = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    const fits = pin.port === Number(port) && /^ssh-ed25519 [A-Za-z0-9+/=]{60,120}$/.test(pin.hostKey);
    if (fits && !(newest && newest.pairedAt > pin.pairedAt)) newest = pin;
  }
  return newest && `${host} ${newest.hostKey}`;
}
