import type fs from 'node:fs';
import type { BytePath } from './bytePath.ts';
import type { Digest } from './digest.ts';
import { failed } from './refusal.ts';
import type { HandleName } from './request.ts';
import { handleCap } from './sftp.ts';

export type OpenFile = {
  readonly kind: 'file';
  /** Never the same for two openings. */
  readonly number: number;
  readonly fd: number;
  readonly real: BytePath;
  readonly reads: boolean;
  readonly writes: boolean;
  /** Whether every write goes to the end, wherever it says. */
  readonly appends: boolean;
  readonly created: boolean;
  bytesRead: number;
  bytesWritten: number;
  /** Of what is written; of what is read where nothing can be written. */
  readonly digest: Digest;
  /** Whether a read or a write of it has failed. */
  failed: boolean;
};
export type OpenFolder = {
  readonly kind: 'folder';
  readonly fd: number;
  readonly real: BytePath;
  readonly entries: fs.Dir;
  /** The answer before this one: entries come in order, and one at a time. */
  turn: Promise<unknown>;
  /** Whether `.` and `..` have been told. */
  begun: boolean;
};
export type Opened = OpenFile | OpenFolder;

/**
 * What the client has open. A name is never given out twice, so a name kept for too long opens nothing else.
 * ```
 *  u32 slot | u32 how many were opened before it
 * ```
 */
export class Handles {
  #slots: ({ name: HandleName; opened: Opened } | undefined)[] = [];
  #count = 0;
  #given = 0;

  /** How many have ever been given out. */
  get given(): number {
    return this.#given;
  }

  /** Throws before anything is opened, if there is no room for it. */
  checkRoom(): void {
    if (this.#count >= handleCap)
      throw failed(`${handleCap} files and folders are open already: close some.`);
  }

  add(opened: Opened): HandleName {
    this.checkRoom();
    let slot = this.#slots.indexOf(undefined);
    if (slot < 0) slot = this.#slots.length;
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32BE(slot, 0);
    bytes.writeUInt32BE(this.#given++ >>> 0, 4);
    const name = bytes.toString('latin1');
    this.#slots[slot] = { name, opened };
    this.#count++;
    return name;
  }

  /** Throws a refusal if nothing of this name is open. */
  get(name: HandleName): Opened {
    const entry = name.length === 8 ? this.#slots[Buffer.from(name, 'latin1').readUInt32BE(0)] : undefined;
    if (entry?.name !== name) throw failed('Nothing is open under this handle.');
    return entry.opened;
  }

  file(name: HandleName): OpenFile {
    const opened = this.get(name);
    if (opened.kind !== 'file') throw failed('This handle is a folder, not a file.');
    return opened;
  }

  folder(name: HandleName): OpenFolder {
    const opened = this.get(name);
    if (opened.kind !== 'folder') throw failed('This handle is a file, not a folder.');
    return opened;
  }

  remove(name: HandleName): Opened {
    const opened = this.get(name);
    this.#slots[Buffer.from(name, 'latin1').readUInt32BE(0)] = undefined;
    this.#count--;
    return opened;
  }

  all(): HandleName[] {
    return this.#slots.flatMap((entry) => (entry ? [entry.name] : []));
  }
}
