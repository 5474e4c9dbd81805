import type { SallyportError } from '@sallyport/protocol/errors';
import { printable } from '@sallyport/protocol/text';
import { fail } from '../errors/index.ts';
import type { Audit } from '../state/index.ts';

/** Somebody who came in this grant, and whom the maker revoked since. */
export type RevokedOne = {
  readonly representative: string;
  /** SHA-256 of the public key, hex. */
  readonly key: string;
  /** As the maker gave it; foreign text, may be empty. */
  readonly reason: string;
};

/** So many are shown; a grant has 16 sessions at most. */
const shown = 16;

/** Who was revoked of those whom this grant concerns: for the page and the status, until the next Enable. */
export class RevokedHere {
  readonly #found = new Map<string, RevokedOne>();

  add(one: RevokedOne): void {
    if (this.#found.size < shown) this.#found.set(one.key, one);
  }

  clear(): void {
    this.#found.clear();
  }

  /** Finds again, after a restart of the agent, what the audit log says of the grant. */
  takeUp(audit: Pick<Audit, 'ofGrant'>, grant: string): void {
    for (const { fields } of audit.ofGrant(grant, shown, ['representative-revoked-1'])) {
      const { representative = '', keySha256 = '', reason = '' } = fields;
      this.add({ representative: String(representative), key: String(keySha256), reason: String(reason) });
    }
  }

  /** What people are told. */
  notices(): SallyportError[] {
    return [...this.#found.values()].map(({ representative, reason }) => {
      const why = reason === '' ? 'no reason was given' : printable(reason, 200);
      return fail('representative-revoked', { details: { representative, reason: why } });
    });
  }
}
