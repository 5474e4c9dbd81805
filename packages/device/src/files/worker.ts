import fs from 'node:fs';
import { flushCompileCache } from 'node:module';
import os from 'node:os';
import { readAccounts } from './accounts.ts';
import { type BytePath, fromText, isWithin, toText } from './bytePath.ts';
import { makeFence } from './fence.ts';
import { Malformed } from './fields.ts';
import type { FileEvent } from './fileEvent.ts';
import { Handles } from './handles.ts';
import { pathsOf } from './mounts.ts';
import { serve } from './server.ts';
import { eventsDescriptor, type FilesRunAs, readOptions } from './workerOptions.ts';

/*
 * The program that serves files to one client: SFTP on its input and output, its options on descriptor 3, events on 4.
 * It begins as the agent's user, so that it can be loaded from wherever the agent lies, and becomes the user that files
 * are opened as before it has read a byte of the client.
 */

/** POSIX only, and not among the types of Node. */
const { initgroups } = process as unknown as { initgroups(user: string, gid: number): void };

/** Gives up the agent's user for good. Throws if anything of it would be left. */
function become(runAs: FilesRunAs): string {
  if (runAs.kind === 'same-user') return os.homedir();
  const { name, uid, gid, home } = runAs;
  if (process.getuid?.() !== uid) {
    initgroups(name, gid);
    process.setgid?.(gid);
    process.setuid?.(uid);
  }
  if (process.getuid?.() !== uid || process.geteuid?.() !== uid || process.getegid?.() !== gid)
    throw new Error(`The worker could not become the user ${name}.`);
  if (uid !== 0) {
    let back = true;
    try {
      process.setuid?.(0);
    } catch {
      back = false;
    }
    if (back) throw new Error('The worker could become root again.');
  }
  return home;
}

/** Goes to the first of these folders that is there and open, and returns its real path. */
function settle(folders: readonly BytePath[], roots: readonly BytePath[]): BytePath {
  for (const folder of folders) {
    try {
      process.chdir(toText(folder));
      const cwd = process.cwd();
      if (roots.some((root) => isWithin(fromText(cwd), root))) return fromText(cwd);
    } catch {}
  }
  throw new Error('None of the folders that are open to sessions is there.');
}

/** The real path of a folder of the configuration; as it is written, if it is not there. */
function real(folder: string): BytePath {
  try {
    return fs.realpathSync.native(folder, 'latin1') as BytePath;
  } catch {
    return fromText(folder);
  }
}

async function main(): Promise<void> {
  const options = readOptions();
  flushCompileCache();
  // Before the change of user, who may not be permitted to see them.
  const mountinfo = fs.readFileSync('/proc/self/mountinfo', 'latin1');
  const forbidden = options.forbidden.flatMap((folder) => pathsOf(real(folder), mountinfo));
  const home = become(options.runAs);
  process.umask(0o022);
  const roots = options.roots.map(real);
  const settled = settle([fromText(home), ...roots], roots);
  await serve(
    {
      fence: makeFence({
        roots,
        rootsAsWritten: options.roots.map(fromText),
        forbidden,
        write: options.write,
      }),
      handles: new Handles(),
      accounts: readAccounts(),
      home: settled,
      report(event: FileEvent): void {
        if (options.events) fs.writeSync(eventsDescriptor, `${JSON.stringify(event)}\n`);
      },
    },
    0,
    1,
  );
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    const why =
      error instanceof Malformed ? `what the client sends is not SFTP: ${error.message}` : String(error);
    process.stderr.write(`sallyport files: ${why}\n`);
    process.exit(1);
  },
);
