import type { FieldReader, FieldWriter } from './fields.ts';
import { Malformed } from './fields.ts';
import { attributeFlags } from './sftp.ts';

/** What a client may set, and a server tells, of a file (draft, section 5). What is absent is left alone. Times in seconds since 1970. */
export type Attributes = {
  readonly size?: number;
  readonly owner?: { readonly uid: number; readonly gid: number };
  readonly permissions?: number;
  readonly times?: { readonly accessed: number; readonly modified: number };
};

/**
 * ```
 *  u32 flags | u64 size | u32 uid, u32 gid | u32 permissions | u32 atime, u32 mtime | u32 count, count × (string, string)
 *              1          2                  4                 8                       0x80000000
 * ```
 * Each part is there if its bit is set. Extended attributes are read over: version 3 has none that we know.
 */
export function readAttributes(fields: FieldReader): Attributes {
  const flags = fields.u32('the attribute flags');
  const known: number = Object.values(attributeFlags).reduce((all, flag) => all | flag, 0) >>> 0;
  if ((flags & ~known) !== 0) throw new Malformed('an attribute is not one of version 3');
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const attributes: Attributes = {
    ...(has(attributeFlags.size) && { size: fields.u64('the size') }),
    ...(has(attributeFlags.owner) && {
      owner: { uid: fields.u32('the owner'), gid: fields.u32('the group') },
    }),
    ...(has(attributeFlags.permissions) && { permissions: fields.u32('the permissions') & 0o7777 }),
    ...(has(attributeFlags.times) && {
      times: { accessed: fields.u32('the access time'), modified: fields.u32('the modification time') },
    }),
  };
  if (has(attributeFlags.extended)) {
    const count = fields.u32('the number of attributes');
    if (count * 8 > fields.left) throw new Malformed('the attributes are longer than the packet');
    for (let each = 0; each < count; each++) {
      fields.bytes('the name of an attribute', fields.left);
      fields.bytes('an attribute', fields.left);
    }
  }
  return attributes;
}

/** Writes what is there of the attributes. `permissions` may carry the bits of the file's kind here. */
export function writeAttributes(fields: FieldWriter, attributes: Attributes): void {
  const { size, owner, permissions, times } = attributes;
  fields.u32(
    (size === undefined ? 0 : attributeFlags.size) |
      (owner === undefined ? 0 : attributeFlags.owner) |
      (permissions === undefined ? 0 : attributeFlags.permissions) |
      (times === undefined ? 0 : attributeFlags.times),
  );
  if (size !== undefined) fields.u64(size);
  if (owner !== undefined) fields.u32(owner.uid).u32(owner.gid);
  if (permissions !== undefined) fields.u32(permissions);
  if (times !== undefined) fields.u32(times.accessed).u32(times.modified);
}
