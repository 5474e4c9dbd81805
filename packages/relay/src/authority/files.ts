import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Authority,
  type AuthorityPems,
  parseAuthority,
  type Role,
  roles,
} from '@sallyport/protocol/identity';
import type { Keyed, NewAuthority } from '@sallyport/protocol/issue';
import { fail } from '../errors/index.ts';

/** The authority as it lies in the data folder: `authority/ROLE.crt`, `authority/ROLE.key`, PEM each; and the root's. */
export type StoredAuthority = {
  readonly pems: AuthorityPems;
  readonly parsed: Authority;
  readonly intermediates: { readonly [role in Role]: Keyed };
};

export type WriteFile = (path: string, content: string) => void;
const folderName = 'authority';

/** Writes a new authority. The root's key is left out when it is kept elsewhere. */
export function writeAuthority(folder: string, authority: NewAuthority, write: WriteFile): void {
  for (const name of ['root', ...roles] as const) {
    write(authorityPath(folder, name, 'key'), authority[name].key);
    write(authorityPath(folder, name, 'crt'), authority[name].certificate);
  }
}

export function authorityPath(folder: string, name: Role | 'root', kind: 'crt' | 'key' | 'csr'): string {
  return join(folder, folderName, `${name}.${kind}`);
}

/** Whether keys were made there, also if their certificates are still to come (`init --root-elsewhere`). */
export function hasKeys(folder: string): boolean {
  return existsSync(authorityPath(folder, 'relay', 'key'));
}

export function hasAuthority(folder: string): boolean {
  return existsSync(authorityPath(folder, 'root', 'crt'));
}

/** Reads and checks it. @throws authority-incomplete, peer-untrusted */
export function readAuthority(folder: string): StoredAuthority {
  const read = (name: Role | 'root', kind: 'crt' | 'key'): string => {
    try {
      return readFileSync(authorityPath(folder, name, kind), 'utf8');
    } catch (cause) {
      throw fail('authority-incomplete', {
        details: { folder, reason: `${folderName}/${name}.${kind} cannot be read` },
        cause,
      });
    }
  };
  const pems: AuthorityPems = {
    root: read('root', 'crt'),
    relay: read('relay', 'crt'),
    device: read('device', 'crt'),
    representative: read('representative', 'crt'),
  };
  const keyed = (role: Role): Keyed => ({ key: read(role, 'key'), certificate: pems[role] });
  return {
    pems,
    parsed: parseAuthority(pems),
    intermediates: {
      relay: keyed('relay'),
      device: keyed('device'),
      representative: keyed('representative'),
    },
  };
}
