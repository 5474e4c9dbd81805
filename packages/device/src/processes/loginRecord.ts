import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';

/**
 * A terminal of a session in the system's own lists of who is here (`who`) and who was (`last`): the user it runs as, and
 * the representative where the host stands. utmp(5), as glibc has it on x86-64:
 *
 * ```
 *  0     4     8          40       44         76           332      336       340    344     348      364
 *  [type][pid ][line  32B][id   4B][user  32B][host   256B][exit 4B][session ][sec  ][usec  ][addr 16B][unused 20B]
 * ```
 */
const recordBytes = 384;
const types = { user: 7, dead: 8 } as const;
const fields = { line: [8, 32], id: [40, 4], user: [44, 32], host: [76, 256] } as const;
/** Of who is here; of who was. */
export const loginFiles = { here: '/run/utmp', was: '/var/log/wtmp' } as const;
/** What is read of a list of who is here, in bytes: none is as long. */
const listCap = 4 * 1024 * 1024;

export type Login = {
  readonly pid: number;
  /** The terminal, such as `/dev/pts/3`. */
  readonly terminal: string;
  readonly user: string;
  readonly representative: string;
};

/** @param atMs wall clock, milliseconds since 1970 */
export function loginRecord(login: Login, type: keyof typeof types, atMs: number): Buffer {
  const record = Buffer.alloc(recordBytes);
  const line = login.terminal.replace(/^\/dev\//, '');
  record.writeInt16LE(types[type], 0);
  record.writeInt32LE(login.pid, 4);
  const put = (text: string, [offset, bytes]: readonly [number, number]): void => {
    record.write(text.replace(/[^\x21-\x7e]/g, '?').slice(0, bytes), offset, 'latin1');
  };
  put(line, fields.line);
  put(line.slice(-4), fields.id);
  if (type === 'user') {
    put(login.user, fields.user);
    put(login.representative, fields.host);
  }
  // 32 bits: unsigned, as 64-bit systems read it, until 2106.
  record.writeUInt32LE(Math.floor(atMs / 1_000) % 2 ** 32, 340);
  record.writeInt32LE(Math.floor(atMs % 1_000) * 1_000, 344);
  return record;
}

/**
 * Notes that a terminal began, where there are such lists that may be written. Best effort, never throws: the audit log
 * has it all the same.
 *
 * @returns notes that it ended
 */
export function noteLogin(
  login: Login,
  files: { readonly here: string; readonly was: string } = loginFiles,
  now: () => number = Date.now,
): () => void {
  if (process.arch !== 'x64') return () => {}; // Elsewhere the record has another form.
  const begun = loginRecord(login, 'user', now());
  append(files.was, begun);
  if (!replace(files.here, begun)) append(files.here, begun);
  return () => {
    const ended = loginRecord(login, 'dead', now());
    append(files.was, ended);
    replace(files.here, ended);
  };
}

/** One record in one write, at the end, whoever else writes there. Only to a list that is there and in whole records. */
function append(file: string, record: Buffer): void {
  withList(file, 'a', (list, size) => {
    if (size % recordBytes === 0) writeSync(list, record);
  });
}

/** In the place that its terminal has already, for one that began or ended there: so the list grows no longer than there are terminals. */
function replace(file: string, record: Buffer): boolean {
  const lineOf = (all: Buffer, at: number): Buffer =>
    all.subarray(at + fields.line[0], at + fields.line[0] + fields.line[1]);
  let found = false;
  withList(file, 'r+', (list, size) => {
    const all = Buffer.alloc(Math.min(size, listCap));
    readSync(list, all, 0, all.length, 0);
    for (let at = 0; at + recordBytes <= all.length; at += recordBytes) {
      const isTerminal = [types.user, types.dead].some((type) => type === all.readInt16LE(at));
      if (!isTerminal || !lineOf(all, at).equals(lineOf(record, 0))) continue;
      writeSync(list, record, 0, recordBytes, at);
      found = true;
      return;
    }
  });
  return found;
}

function withList(file: string, flags: 'a' | 'r+', use: (list: number, size: number) => void): void {
  try {
    // By `r+` alone it is not made where there is none.
    closeSync(openSync(file, 'r+'));
    const list = openSync(file, flags);
    try {
      use(list, fstatSync(list).size);
    } finally {
      closeSync(list);
    }
  } catch {} // There is none, or it is not ours to write.
}
