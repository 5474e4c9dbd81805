/** The numbers of SFTP version 3 (draft-ietf-secsh-filexfer-02), and the limits of this client. */
export const requests = {
  init: 1,
  open: 3,
  close: 4,
  read: 5,
  write: 6,
  fstat: 8,
  fsetstat: 10,
  opendir: 11,
  readdir: 12,
  remove: 13,
  mkdir: 14,
  realpath: 16,
  stat: 17,
  rename: 18,
  setstat: 9,
  lstat: 7,
  extended: 200,
} as const;

export const answers = {
  version: 2,
  status: 101,
  handle: 102,
  data: 103,
  name: 104,
  attributes: 105,
  extended: 201,
} as const;

export const statuses = { ok: 0, eof: 1, noSuchFile: 2, permissionDenied: 3, failure: 4 } as const;
export const openFlags = { read: 1, write: 2, create: 8, truncate: 16 } as const;
export const attributeFlags = { size: 1, owner: 2, permissions: 4, times: 8, extended: 0x80000000 } as const;

/** Bytes of one packet that is read, after its length; a device that announces more is not read on. */
export const packetCap = 512 * 1024;
/** Bytes of data in one READ or WRITE: what OpenSSH's server and ours take. */
export const dataBytes = 255 * 1024;
/** Bytes of one path. */
export const pathCap = 4_096;
/** Requests that may wait for their answers. */
export const requestLimit = 1_024;
