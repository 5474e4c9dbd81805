import { SallyportError } from '@sallyport/protocol/errors';
import { statusCodes } from '@sallyport/protocol/sftp';
import { printable } from '@sallyport/protocol/text';
import { fail } from '../errors/index.ts';
import { SftpRefusal } from '../sftp/index.ts';

const codes = {
  ENOENT: 'file-not-found',
  EACCES: 'file-denied',
  EPERM: 'file-denied',
  EROFS: 'file-denied',
  ENOSPC: 'disk-full',
  EDQUOT: 'disk-full',
  EISDIR: 'file-other-kind',
  ENOTDIR: 'file-other-kind',
  EEXIST: 'file-other-kind',
  ELOOP: 'file-other-kind',
} as const;

/** What a call on this computer's file system threw, as one of ours. */
export function failureHere(error: unknown, path: string): SallyportError {
  if (error instanceof SallyportError) return error;
  const { code = '', message = '' } = error as NodeJS.ErrnoException;
  const details = { where: 'on this computer', path: printable(path) };
  const known = Object.hasOwn(codes, code) ? codes[code as keyof typeof codes] : undefined;
  if (known) return fail(known, { details, cause: error, leg: 'this-computer' });
  const reason = printable(code || message);
  return fail('file-failed', { details: { ...details, reason }, cause: error, leg: 'this-computer' });
}

/** What the device answered, as one of ours. SFTP has no code for a full disk: the sentence says it. */
export function failureThere(error: unknown, path: string): SallyportError {
  if (error instanceof SallyportError) return error;
  const at = {
    details: { where: 'on the device', path: printable(path) },
    cause: error,
    leg: 'device',
  } as const;
  if (!(error instanceof SftpRefusal)) {
    return fail('file-failed', { ...at, details: { ...at.details, reason: 'unknown' } });
  }
  const { status, sentence } = error;
  if (status === statusCodes.noSuchFile) return fail('file-not-found', at);
  if (status === statusCodes.permissionDenied) return fail('file-denied', at);
  if (/disk is full|no space left|quota/i.test(sentence)) return fail('disk-full', at);
  const reason = printable(sentence.replace(/\.$/, '')) || `SFTP status ${status}`;
  return fail('file-failed', { ...at, details: { ...at.details, reason } });
}
