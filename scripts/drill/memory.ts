import { type FileHandle, open, readFile } from 'node:fs/promises';
import { isIn, longest, type Needle } from './needles.ts';

const pieceBytes = 4 * 1024 * 1024;

/** Of an entry of `pagemap`: the page is in memory, or in swap (Documentation/admin-guide/mm/pagemap.rst). */
const present = 0b1100_0000;

/**
 * All that a process has in its memory, in pieces. What lies side by side overlaps by `overlap` bytes, so that nothing is
 * lost at a cut. Pages that were never written are left out.
 */
export async function* memoryOf(pid: number, overlap: number): AsyncGenerator<Buffer> {
  const folder = `/proc/${pid}`;
  const maps = await readFile(`${folder}/maps`, 'latin1').catch((cause) => {
    throw new Error('this machine does not show the memory of a process: it needs Linux', { cause });
  });
  const [memory, pages] = await Promise.all([open(`${folder}/mem`), open(`${folder}/pagemap`)]).catch(
    (cause) => {
      const hint = 'run the drill as root, or with kernel.yama.ptrace_scope at most 1';
      throw new Error(`the memory of process ${pid} cannot be read: ${hint}`, { cause });
    },
  );
  try {
    const buffer = Buffer.allocUnsafe(overlap + pieceBytes);
    const pageBytes = await pageSize(folder);
    for (const region of readable(maps)) {
      for (const [from, to] of await filled(pages, region, pageBytes)) {
        let kept = 0;
        for (let at = from; at < to; ) {
          const wanted = Math.min(pieceBytes, to - at);
          // What cannot be read after all, such as a page of the kernel's, ends its run.
          const { bytesRead } = await memory.read(buffer, kept, wanted, at).catch(() => ({ bytesRead: 0 }));
          if (bytesRead === 0) break;
          const length = kept + bytesRead;
          yield buffer.subarray(0, length);
          at += bytesRead;
          kept = Math.min(overlap, length);
          buffer.copyWithin(0, length - kept, length);
        }
      }
    }
  } finally {
    await Promise.all([memory.close(), pages.close()]);
  }
}

type Range = readonly [from: number, to: number];

function* readable(maps: string): Generator<Range> {
  for (const line of maps.split('\n')) {
    const found = /^([0-9a-f]+)-([0-9a-f]+) r/.exec(line);
    if (found && !/\[v(var|syscall)/.test(line)) {
      yield [Number.parseInt(found[1] ?? '', 16), Number.parseInt(found[2] ?? '', 16)];
    }
  }
}

async function pageSize(folder: string): Promise<number> {
  const kibibytes = /^MMUPageSize:\s*(\d+) kB/m.exec(await readFile(`${folder}/smaps`, 'latin1'))?.[1];
  if (kibibytes === undefined) throw new Error('this machine does not tell the size of its pages');
  return Number(kibibytes) * 1024;
}

/** The runs of pages in a region that hold something. */
async function filled(pagemap: FileHandle, [from, to]: Range, pageBytes: number): Promise<Range[]> {
  const entries = Buffer.alloc(((to - from) / pageBytes) * 8);
  const { bytesRead } = await pagemap.read(entries, 0, entries.length, (from / pageBytes) * 8);
  const runs: [number, number][] = [];
  for (let entry = 0; entry < bytesRead; entry += 8) {
    // Little-endian, so that the flags are in the last byte.
    if (((entries[entry + 7] ?? 0) & present) === 0) continue;
    const at = from + (entry / 8) * pageBytes;
    const last = runs.at(-1);
    if (last && last[1] === at) last[1] = at + pageBytes;
    else runs.push([at, at + pageBytes]);
  }
  return runs;
}

export type Dump = {
  readonly bytes: number;
  /** Names of the needles that were found. */
  readonly found: ReadonlySet<string>;
  /** What `pattern` matched, its first group. */
  readonly matches: ReadonlySet<string>;
};

/** Looks through the memory of a process, which stands still meanwhile. */
export async function searchMemory(
  pid: number,
  needles: readonly Needle[],
  pattern?: { readonly before: string; readonly length: number },
): Promise<Dump> {
  const found = new Set<string>();
  const matches = new Set<string>();
  const overlap = Math.max(longest(needles) + 1, pattern ? pattern.before.length + pattern.length : 0);
  let bytes = 0;
  process.kill(pid, 'SIGSTOP');
  try {
    for await (const piece of memoryOf(pid, overlap)) {
      bytes += piece.length;
      for (const needle of needles)
        if (!found.has(needle.name) && isIn(piece, needle)) found.add(needle.name);
      if (pattern) for (const text of after(piece, pattern)) matches.add(text);
    }
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  return { bytes, found, matches };
}

function* after(piece: Buffer, { before, length }: { before: string; length: number }): Generator<string> {
  for (let at = piece.indexOf(before); at >= 0; at = piece.indexOf(before, at + 1)) {
    const from = at + before.length;
    if (from + length <= piece.length) yield piece.toString('latin1', from, from + length);
  }
}
