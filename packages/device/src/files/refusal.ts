import { type StatusCode, statusCodes } from './sftp.ts';

/** A request that is not done, with the code and the sentence of its answer. */
export class Refusal extends Error {
  readonly status: StatusCode;

  constructor(status: StatusCode, sentence: string) {
    super(sentence);
    this.status = status;
  }
}

export function denied(sentence: string): Refusal {
  return new Refusal(statusCodes.permissionDenied, sentence);
}

export function failed(sentence: string): Refusal {
  return new Refusal(statusCodes.failure, sentence);
}

/** What the kernel's errors become. The codes are those that OpenSSH's server gives, so that clients do what they know. */
const kernelErrors: Readonly<Record<string, readonly [StatusCode, string]>> = {
  ENOENT: [statusCodes.noSuchFile, 'There is no such file or folder.'],
  ENOTDIR: [statusCodes.noSuchFile, 'A part of the path is not a folder.'],
  ELOOP: [statusCodes.noSuchFile, 'The symbolic links of the path never end.'],
  EACCES: [statusCodes.permissionDenied, 'The user that files are opened as is not permitted to do this.'],
  EPERM: [statusCodes.permissionDenied, 'The user that files are opened as is not permitted to do this.'],
  EROFS: [statusCodes.permissionDenied, 'The file system is mounted for reading only.'],
  EEXIST: [statusCodes.failure, 'There is something of this name already.'],
  ENOTEMPTY: [statusCodes.failure, 'The folder is not empty.'],
  EISDIR: [statusCodes.failure, 'It is a folder.'],
  ENOSPC: [statusCodes.failure, 'The disk is full.'],
  EDQUOT: [statusCodes.failure, 'The quota of the user is used up.'],
  EFBIG: [statusCodes.failure, 'The file would be larger than the file system allows.'],
  EXDEV: [statusCodes.failure, 'Both names have to be on the same file system.'],
  EBUSY: [statusCodes.failure, 'It is in use.'],
  ETXTBSY: [statusCodes.failure, 'It is a program that runs at the moment.'],
  EIO: [statusCodes.failure, 'The disk failed to read or write.'],
  EMFILE: [statusCodes.failure, 'Too many files are open.'],
  ENFILE: [statusCodes.failure, 'Too many files are open on the device.'],
  EMLINK: [statusCodes.failure, 'The file has as many names as it can have.'],
  ENAMETOOLONG: [statusCodes.failure, 'The name or the path is too long.'],
  EINVAL: [statusCodes.failure, 'The file system does not take these values.'],
  ENXIO: [statusCodes.failure, 'It cannot be opened.'],
  ENOTSUP: [statusCodes.unsupported, 'The file system cannot do this.'],
  EOPNOTSUPP: [statusCodes.unsupported, 'The file system cannot do this.'],
  ENOSYS: [statusCodes.unsupported, 'The device cannot do this.'],
};

/** The code and the sentence for any failure. What has no sentence of its own is told by its errno alone. */
export function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const code = errno(error);
  const known = kernelErrors[code];
  return known ? new Refusal(...known) : failed(`The device failed to do this (${code || 'unknown'}).`);
}

export function errno(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
