/** The numbers of SFTP version 3 (draft-ietf-secsh-filexfer-02). */
export const sftpVersion = 3;

export const requestTypes = {
  init: 1,
  open: 3,
  close: 4,
  read: 5,
  write: 6,
  lstat: 7,
  fstat: 8,
  setstat: 9,
  fsetstat: 10,
  opendir: 11,
  readdir: 12,
  remove: 13,
  mkdir: 14,
  rmdir: 15,
  realpath: 16,
  stat: 17,
  rename: 18,
  readlink: 19,
  symlink: 20,
  extended: 200,
} as const;

export const answerTypes = {
  version: 2,
  status: 101,
  handle: 102,
  data: 103,
  name: 104,
  attributes: 105,
  extended: 201,
} as const;

/** Draft, section 7. Version 3 has no code of its own for a full disk: that is `failure`, and the sentence says it. */
export const statusCodes = {
  ok: 0,
  eof: 1,
  noSuchFile: 2,
  permissionDenied: 3,
  failure: 4,
  badMessage: 5,
  unsupported: 8,
} as const;
export type StatusCode = (typeof statusCodes)[keyof typeof statusCodes];

/** Bits of OPEN (draft, section 6.3). */
export const openFlags = { read: 1, write: 2, append: 4, create: 8, truncate: 16, exclusive: 32 } as const;

/** Bits that say which attributes are there (draft, section 5). */
export const attributeFlags = {
  size: 1,
  owner: 2,
  permissions: 4,
  times: 8,
  extended: 0x80000000,
} as const;

/** Bytes that one READ is answered with at most, and that one WRITE carries at most: as OpenSSH. */
export const dataCap = 255 * 1024;
