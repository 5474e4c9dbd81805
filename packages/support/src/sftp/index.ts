export { type Handle, type NamedEntry, SftpClient, SftpRefusal } from './client.ts';
export type { Attributes } from './fields.ts';
