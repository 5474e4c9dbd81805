import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

type IdentityFile = { ports?: unknown; relay?: { ports?: unknown } };

/**
 * Lets a device or representative that joined the relay earlier find it on these ports: by `relay-ports` in the
 * `config.yaml` of its data folder, where they are not those of its token. The rest of that file stays as it is.
 */
export function findRelayOn(data: string, ports: readonly number[]): void {
  const identity = JSON.parse(readFileSync(join(data, 'identity.json'), 'utf8')) as IdentityFile;
  const joined = JSON.stringify(identity.ports ?? identity.relay?.ports) === JSON.stringify(ports);
  const file = join(data, 'config.yaml');
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const others = before.replace(/^relay-ports:.*\n?/m, '');
  const text = joined ? others : `${others.replace(/([^\n])$/, '$1\n')}relay-ports: [${ports.join(', ')}]\n`;
  if (text !== before) writeFileSync(file, text, { mode: 0o600 });
}
