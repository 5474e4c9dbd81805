/** The limits of this server, and what it knows beyond version 3, beside the numbers of the protocol. */
export {
  answerTypes,
  attributeFlags,
  dataCap,
  openFlags,
  requestTypes,
  type StatusCode,
  sftpVersion,
  statusCodes,
} from '@sallyport/protocol/sftp';

/** Bytes after the length field of one packet: the data, and 1 KiB for what stands before it. As OpenSSH. */
export const packetCap = 256 * 1024;
/** Bytes of one path (Linux: PATH_MAX). */
export const pathCap = 4096;
/** Handles open at once. */
export const handleCap = 256;
/** Entries in one answer to READDIR. */
export const entriesCap = 100;

/** What VERSION announces, each with the version of the extension (OpenSSH's PROTOCOL file, section 4). */
export const extensions = {
  'posix-rename@openssh.com': '1',
  'statvfs@openssh.com': '2',
  'fstatvfs@openssh.com': '2',
  'hardlink@openssh.com': '1',
  'fsync@openssh.com': '1',
  'lsetstat@openssh.com': '1',
  'limits@openssh.com': '1',
  'expand-path@openssh.com': '1',
  'copy-data': '1',
  'home-directory': '1',
  'users-groups-by-id@openssh.com': '1',
} as const;
export type ExtensionName = keyof typeof extensions;
