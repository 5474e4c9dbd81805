import type { ChildProcess } from 'node:child_process';
import { chownSync, closeSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Duplex } from 'node:stream';
import { ReadStream } from 'node:tty';
import type { ChannelExit } from '../channels/types.ts';
import { exhausted } from '../errors/index.ts';
import { forgetDescriptor, keepFromChildren } from './descriptors.ts';
import { exitOf, type Launch, launch } from './launch.ts';
import { noteLogin } from './loginRecord.ts';
import { readStat, signalGroup } from './procfs.ts';

/**
 * node-pty's native part: `openpty` and `TIOCSWINSZ`. Its JavaScript is not used: it starts the process itself, with
 * root's supplementary groups; it destroys the terminal 200 ms after the exit, whatever is still unread; and it hides
 * whether a write has to wait.
 */
type NativePty = {
  open(columns: number, rows: number): { master: number; slave: number; pty: string };
  resize(descriptor: number, columns: number, rows: number): void;
};
const { requireBinary } = createRequire(import.meta.url)('@lydell/node-pty/requireBinary.js') as {
  requireBinary(file: string): unknown;
};
const native = requireBinary('pty.node') as NativePty; // As src/unix/pty.cc of node-pty 1.1 exports it.

export type TerminalSize = { readonly columns: number; readonly rows: number };

/** After the exit the kernel hangs the terminal up, which ends the output. Should it not, this long. */
const hangUpPatienceMs = 2_000;

/**
 * A program on a terminal of its own. Making it throws `device-exhausted` when the system has none to give. Reading gives its output, raw; it ends when the program has exited and all of its
 * output was read. Writing is typing. Destroying it hangs up.
 */
export class Terminal extends Duplex {
  readonly exited: Promise<ChannelExit>;
  readonly #master: ReadStream;
  readonly #descriptor: number;
  readonly #child: ChildProcess;
  #size: TerminalSize;
  #drained = false;

  constructor(start: Omit<Launch, 'stdio' | 'terminal'>, size: TerminalSize, modes: string) {
    super({ allowHalfOpen: true, readableHighWaterMark: 64 * 1024, writableHighWaterMark: 64 * 1024 });
    this.#size = boundedSize(size);
    const { master, slave, pty } = openPty(this.#size);
    this.#descriptor = master;
    keepFromChildren(master);
    keepFromChildren(slave);
    try {
      if (start.user.switched) chownSync(pty, start.user.uid, statSync(pty).gid);
      this.#child = launch({ ...start, stdio: [slave, slave, slave], terminal: { path: pty, modes } });
      this.#master = new ReadStream(master);
    } catch (error) {
      forgetDescriptor(master);
      closeSync(master);
      throw error;
    } finally {
      forgetDescriptor(slave);
      closeSync(slave);
    }
    this.exited = exitOf(this.#child);
    const { SALLYPORT_REPRESENTATIVE: representative = '' } = start.environment;
    const login = { pid: this.#child.pid ?? 0, terminal: pty, user: start.user.name, representative };
    void this.exited.then(noteLogin(login));
    this.#listen();
  }

  #listen(): void {
    this.#master.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) this.#master.pause();
    });
    // EIO is how Linux says that nobody holds the other end any more: the end of the output.
    this.#master.on('error', () => this.#outputEnded());
    this.#master.on('end', () => this.#outputEnded());
    this.#master.on('close', () => {
      forgetDescriptor(this.#descriptor);
      this.#outputEnded();
    });
    this.#master.pause();
    void this.exited.then(() => {
      this.#watchForEnd(this.#master.bytesRead);
    });
  }

  /** Ends an output that the kernel does not end: nothing more came, though it could have. */
  #watchForEnd(bytesBefore: number): void {
    setTimeout(() => {
      if (this.#drained) return;
      const waiting = this.#master.isPaused();
      if (!waiting && this.#master.bytesRead === bytesBefore) this.#outputEnded();
      else this.#watchForEnd(this.#master.bytesRead);
    }, hangUpPatienceMs).unref();
  }

  #outputEnded(): void {
    if (this.#drained) return;
    this.#drained = true;
    this.push(null);
    this.#master.destroy();
  }

  override _read(): void {
    if (!this.#drained) this.#master.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#drained) {
      done(); // Typed after the end: nobody reads it.
      return;
    }
    let answered = false;
    const once = (): void => {
      if (answered) return;
      answered = true;
      this.#master.off('close', once);
      done();
    };
    this.#master.once('close', once);
    this.#master.write(chunk, once);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#drained = true;
    this.#master.destroy();
    this.#hangUp();
    done(error);
  }

  /** What the kernel does by itself when the last master is closed; should another process hold one, we do it. */
  #hangUp(): void {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    this.signal('SIGHUP');
    signalGroup(pid, 'SIGHUP');
    signalGroup(pid, 'SIGCONT');
  }

  /** Tells the program that its window has this size now. */
  resize(size: TerminalSize): void {
    this.#size = boundedSize(size);
    if (this.#drained || this.#master.destroyed) return;
    native.resize(this.#descriptor, this.#size.columns, this.#size.rows);
  }

  get size(): TerminalSize {
    return this.#size;
  }

  /** Sends a signal to what runs in the foreground of the terminal, as a key such as Ctrl-C would. */
  signal(name: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    const foreground = foregroundOf(pid);
    signalGroup(foreground > 1 ? foreground : pid, name);
  }
}

/** The group in the foreground of a process's terminal; -1 when there is none, or no way to know. */
function foregroundOf(pid: number): number {
  try {
    return readStat(pid)?.foreground ?? -1;
  } catch {
    return -1;
  }
}

/** @throws device-exhausted */
function openPty({ columns, rows }: TerminalSize): ReturnType<NativePty['open']> {
  try {
    return native.open(columns, rows);
  } catch (cause) {
    throw exhausted('no terminal could be made', cause);
  }
}

/** A terminal has 1 to 65,535 columns and rows; 0 means "unknown" in SSH and becomes the usual 80 and 24. */
export function boundedSize({ columns, rows }: TerminalSize): TerminalSize {
  return { columns: Math.min(columns || 80, 65_535), rows: Math.min(rows || 24, 65_535) };
}
