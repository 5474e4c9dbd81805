import { X509Certificate } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { type Authority, certificateSha256 } from '@sallyport/protocol/identity';
import {
  type NotedHead,
  type RecordingHead,
  type RecordingVerdict,
  RecordingVerifier,
  verdicts,
} from '@sallyport/protocol/recording';
import { z } from 'zod';

/** What is read at once, in bytes. */
const pieceBytes = 1024 * 1024;

export const verdictSchema = z.object({
  id: z.string(),
  verdict: z.enum([...verdicts, 'running', 'locked']),
  line: z
    .number()
    .optional()
    .describe('Counted from 1: the first line that nothing vouches for, or where the change is'),
  to: z.number().optional().describe('The change is between these two lines'),
  text: z.string().describe('A sentence'),
  lines: z.number(),
  bytes: z.number(),
  sealedLines: z.number().optional().describe('So many lines the last good seal vouches for'),
  sealedAt: z.string().optional(),
  sha256: z.string().optional().describe('Of the bytes that the last good seal vouches for'),
  device: z.string().optional(),
  certificate: z.string().optional().describe('SHA-256 of the certificate whose key sealed it'),
});
export type VerdictView = z.infer<typeof verdictSchema>;

/** Whose signatures count: those of the device that the recording names, by a certificate of the same authority. */
export const trustOf =
  (device: string, authority: Authority) =>
  (head: RecordingHead): X509Certificate | string => {
    const certificate = certificateOf(head);
    if (!certificate || head.device !== device) return 'It is not a recording of this device.';
    if (!certificate.checkIssued(authority.device) || !certificate.verify(authority.device.publicKey))
      return 'The certificate in it is not of the authority of this device.';
    return certificate;
  };

/** Whose signatures count: those of the key of this very certificate. */
export const trustIn =
  (certificate: X509Certificate) =>
  (head: RecordingHead): X509Certificate | string => {
    const key = (one: X509Certificate): string =>
      one.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const own = certificateOf(head);
    return own && key(own) === key(certificate)
      ? certificate
      : 'It was not sealed by the key of the certificate that was given.';
  };

function certificateOf(head: RecordingHead): X509Certificate | undefined {
  try {
    return new X509Certificate(Buffer.from(head.certificate, 'base64'));
  } catch {
    return undefined;
  }
}

/** Reads a file to its end, in bounded memory, and says what is found. */
export async function verifyFile(
  file: FileHandle,
  options: ConstructorParameters<typeof RecordingVerifier>[0],
): Promise<RecordingVerdict> {
  const verifier = new RecordingVerifier(options);
  const buffer = Buffer.alloc(pieceBytes);
  for (let at = 0; !verifier.decided; ) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) break;
    verifier.write(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
  return verifier.end();
}

export type { NotedHead };

/** A verdict as the API and the commands tell it. */
export function viewVerdict(id: string, found: RecordingVerdict, running = false): VerdictView {
  const { head, sealed } = found;
  const certificate = head && certificateOf(head);
  const goesOn = running && found.verdict === 'truncated';
  return {
    id,
    verdict: goesOn ? 'running' : found.verdict,
    ...(found.line === undefined ? {} : { line: found.line }),
    ...(found.to === undefined ? {} : { to: found.to }),
    text: goesOn ? 'It is still being made, and intact so far.' : found.text,
    lines: found.lines,
    bytes: found.bytes,
    ...(sealed ? { sealedLines: sealed.lines, sealedAt: sealed.at, sha256: sealed.sha256 } : {}),
    ...(head ? { device: head.device } : {}),
    ...(certificate ? { certificate: certificateSha256(certificate) } : {}),
  };
}
