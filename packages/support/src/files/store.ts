/** What a thing on a file system is. `other`: a device, a socket, a pipe. */
export type Kind = 'file' | 'folder' | 'link' | 'other';

export type Status = {
  readonly kind: Kind;
  readonly size: number;
  /** Whole seconds since 1970: all that SFTP version 3 can tell. */
  readonly modified: number;
  /** The permission bits, 0o777 at most. */
  readonly mode: number;
};

/** One entry of a folder. `name` is undefined if it is not UTF-8. A link is told as a link. */
export type Entry = { readonly name: string | undefined; readonly kind: Kind };

export type OpenFile = {
  /** Fewer bytes than asked for are no end; undefined is. */
  read(offset: number, length: number): Promise<Buffer | undefined>;
  write(offset: number, data: Buffer): Promise<void>;
  status(): Promise<Status>;
  truncate(size: number): Promise<void>;
  setStatus(status: Pick<Status, 'mode' | 'modified'>): Promise<void>;
  close(): Promise<void>;
};

/**
 * A file system, here or on the device: a copy reads from one and writes to the other, and does not know which is which.
 * Every failure is one of ours: file-not-found, file-denied, disk-full, file-other-kind, file-failed.
 */
export type Store = {
  readonly side: 'this-computer' | 'device';
  /** Reads and writes that pay off at once. Writes of one at a time arrive in order, so a part has no holes. */
  readonly readsAtOnce: number;
  readonly writesAtOnce: number;
  /** The path from the root, without links where it is there already. */
  absolute(path: string): Promise<string>;
  join(folder: string, name: string): string;
  /** The folder and the last name of a path. */
  split(path: string): { folder: string; name: string };
  /** Follows links; undefined if there is nothing. */
  look(path: string): Promise<Status | undefined>;
  list(path: string): AsyncIterable<Entry>;
  openToRead(path: string): Promise<OpenFile>;
  /** For reading and writing; made if it is not there, for its owner alone. */
  openToWrite(path: string, options: { truncate: boolean }): Promise<OpenFile>;
  makeFolder(path: string): Promise<void>;
  /** Puts `from` in the place of `to`. */
  replace(from: string, to: string): Promise<void>;
  setStatus(path: string, status: Pick<Status, 'mode' | 'modified'>): Promise<void>;
};
