import { spawn } from 'node:child_process';
import { getCompileCacheDir } from 'node:module';
import path from 'node:path';
import { Duplex, type Readable, type Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { exhausted } from '../errors/index.ts';
import { childDescriptors } from '../processes/index.ts';
import { eventsOf } from './eventLines.ts';
import type { FileEvent } from './fileEvent.ts';
import { handleCap } from './sftp.ts';
import type { FilesRunAs, WorkerOptions } from './workerOptions.ts';

export type FilesWorkerOptions = {
  /** Whose rights decide what can be opened. Another user than the agent's own needs an agent that is root. */
  readonly runAs: FilesRunAs;
  /** Absolute paths. Nothing outside of them is open; `/` is allowed. */
  readonly roots: readonly string[];
  /** Absolute paths that are never open, whatever the roots: the agent's data folder. `/proc` is added. */
  readonly forbidden: readonly string[];
  /** Whether anything may be changed: the scope `files:write`, else `files:read`. */
  readonly write: boolean;
  /** What marks the processes of a session, in `SALLYPORT_SESSION`. */
  readonly mark: string;
  /** More of the environment, such as `SALLYPORT_REPRESENTATIVE`. */
  readonly environment?: Readonly<Record<string, string>>;
  /** A command that ends by running its arguments in its own place, such as one that joins a cgroup first. */
  readonly wrapper?: readonly string[];
  /** Called with the worker's process id, before it has been told anything: to put it into a cgroup. If it fails, the worker is killed. */
  readonly join?: (pid: number) => void | Promise<void>;
  /** A private folder for Node's compile cache; by default the agent's own cache, if it has one. */
  readonly compileCache?: string;
};

export type FilesWorkerExit = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What the worker said last, for the log. */
  readonly said: string;
};

/** SFTP for one client, in a process of its own. */
export type FilesWorker = {
  /** Raw SFTP bytes: what the client sends is written, answers are read. Ending it lets the worker answer what it has, and exit. */
  readonly stream: Duplex;
  readonly pid: number | undefined;
  /** Once the process is gone, and its last event has been told. Never rejects. */
  readonly exited: Promise<FilesWorkerExit>;
  /** Ends the worker at once. What it has open is closed by the kernel. */
  kill(): void;
  /** What happens to files. Nothing is missed by who asks before the first byte is written. */
  onEvent(tell: (event: FileEvent) => void): void;
};

const saidCap = 4096;

/**
 * Starts the worker. A failure to start is an exit: `exited` says why, and the stream is destroyed.
 *
 * @throws device-exhausted when the system has no descriptor to give
 */
export function startFilesWorker(options: FilesWorkerOptions): FilesWorker {
  const { runAs, roots, forbidden, write } = options;
  const program = [
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    fileURLToPath(new URL('./worker.ts', import.meta.url)),
  ];
  const [command, ...args] = [...(options.wrapper ?? []), ...program] as [string, ...string[]];
  const child = spawn(command, args, {
    cwd: '/',
    env: environment(options),
    stdio: childDescriptors(['pipe', 'pipe', 'pipe', 'pipe', 'pipe']),
    // A group of its own: a Ctrl-C at the agent's terminal is not for the worker.
    detached: true,
  });
  const failed = new Promise<Error>((resolve) => child.once('error', resolve));
  // Without descriptors the child has not even pipes. Its type does not say so.
  if ((child.stdio as readonly unknown[] | undefined) === undefined)
    throw exhausted('the system could not start a process');
  const [input, output, errors, control, events] = child.stdio as [
    Writable,
    Readable,
    Readable,
    Duplex,
    Duplex,
  ];
  let said = '';
  errors.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-saidCap);
  });
  for (const pipe of [input, output, errors, control, events]) pipe.on('error', () => {});
  const listeners: ((event: FileEvent) => void)[] = [];

  const stream = Duplex.from({ writable: input, readable: output }) as Duplex;
  stream.on('error', () => {});
  const kill = (): void => {
    child.kill('SIGKILL');
    // Nobody need read what is left in the pipes.
    stream.destroy();
    errors.destroy();
  };
  const open = new Map<number, FileEvent & { event: 'opened' }>();
  const told = (event: FileEvent): void => {
    for (const tell of listeners) tell(event);
  };
  eventsOf(events, {
    event: (event) => {
      if (event.event === 'opened') open.set(event.file, event);
      if (event.event === 'closed') open.delete(event.file);
      if (open.size > handleCap) kill();
      else told(event);
    },
    // It is not the worker that we started any more.
    malformed: kill,
  });
  /** What the worker could not close any more is told in its place. */
  const cutOpen = (): void => {
    for (const file of open.values()) told({ ...file, event: 'cut' });
    open.clear();
  };
  const exited = new Promise<FilesWorkerExit>((resolve) => {
    void failed.then((error) => {
      stream.destroy();
      resolve({ code: null, signal: null, said: String(error) });
    });
    const allRead = Promise.all(
      [errors, events].map((pipe) => new Promise((read) => pipe.once('close', read))),
    );
    // Not 'close' of the child, which waits until all answers have been read.
    child.once('exit', (code, signal) => {
      void allRead.then(() => {
        cutOpen();
        resolve({ code, signal, said });
      });
    });
  });

  const workerOptions: WorkerOptions = { runAs, roots, forbidden, write, events: true };
  const begin = async (): Promise<void> => {
    if (child.pid === undefined) return;
    await options.join?.(child.pid);
    control.end(`${JSON.stringify(workerOptions)}\n`);
  };
  begin().catch(kill);

  return {
    stream,
    pid: child.pid,
    exited,
    kill,
    onEvent(tell) {
      listeners.push(tell);
    },
  };
}

/** Nothing of the agent's own environment but what the dates of listings need, and its home where the user stays the same. */
function environment(options: FilesWorkerOptions): Record<string, string> {
  // Node tells the folder of its own version, inside of the one that it was given.
  const own = getCompileCacheDir();
  const compileCache = options.compileCache ?? (own && path.dirname(own));
  const zone = process.env['TZ'];
  const home = options.runAs.kind === 'same-user' ? process.env['HOME'] : undefined;
  return {
    PATH: '/usr/bin:/bin',
    ...(zone !== undefined && { TZ: zone }),
    ...(home !== undefined && { HOME: home }),
    ...(compileCache !== undefined && { NODE_COMPILE_CACHE: compileCache }),
    ...options.environment,
    SALLYPORT_SESSION: options.mark,
  };
}
