import { sign, verify, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { readPrivateFile, writePrivateFile } from '@sallyport/runtime/folder';
import { z } from 'zod';
import type { AuditHead } from './auditChain.ts';

const noteCap = 16 * 1024;
const noteSchema = z.strictObject({
  v: z.literal(1),
  seq: z.number().int().min(1),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  /** Wall clock, milliseconds since 1970. */
  at: z.number(),
  certificate: z.string().startsWith('-----BEGIN '),
  signature: z.string(),
});

/** How far the audit log went, noted beside the database and signed: an end that is cut off is seen. */
export type AuditNote = {
  write(head: AuditHead, by: { readonly key: string; readonly certificate: string }, at: number): void;
  /**
   * The head that is noted; `undefined` where there is none, `false` where it is not what the device signed.
   *
   * @param issuer of the device's certificates
   */
  read(issuer: X509Certificate): AuditHead | undefined | false;
};

const text = ({ seq, hash, at }: AuditHead & { readonly at: number }): Buffer =>
  Buffer.from(`sallyport audit head 1\n${seq}:${hash}:${at}\n`);

/** The file `audit-head.json` of the data folder, 0600. */
export function auditNoteOf(folder: string): AuditNote {
  const file = join(folder, 'audit-head.json');
  return {
    write({ seq, hash }, { key, certificate }, at) {
      const leaf = new X509Certificate(certificate).toString();
      const signature = sign('sha256', text({ seq, hash, at }), key).toString('base64');
      writePrivateFile(file, `${JSON.stringify({ v: 1, seq, hash, at, certificate: leaf, signature })}\n`);
    },
    read(issuer) {
      const bytes = readPrivateFile(file, noteCap);
      if (!bytes) return undefined;
      try {
        const note = noteSchema.parse(JSON.parse(bytes.toString('utf8')));
        const leaf = new X509Certificate(note.certificate);
        const ours = leaf.checkIssued(issuer) && leaf.verify(issuer.publicKey);
        const signature = Buffer.from(note.signature, 'base64');
        if (!ours || !verify('sha256', text(note), leaf.publicKey, signature)) return false;
        return { seq: note.seq, hash: note.hash };
      } catch {
        return false;
      }
    },
  };
}
