import { execFile } from 'node:child_process';
import { join } from 'node:path';

/** What the operating system keeps for its user, until they log out or take it away. */
export type Keyring = {
  /** Undefined where there is nothing, or no keyring. */
  read(account: string): Promise<string | undefined>;
  /** @returns whether it is kept */
  keep(account: string, secret: string): Promise<boolean>;
  forget(account: string): Promise<void>;
};

const service = 'sallyport';
/** A keyring that is locked asks its user by a window of its own: so long it is waited for. In milliseconds. */
const answerMs = 30_000;
const program = join(import.meta.dirname, 'keyringProgram.ts');

/**
 * The keychain of macOS, the Secret Service of a Linux desktop, or else Linux' keyring in the kernel. Where none of them
 * answers, nothing is kept and nothing fails.
 *
 * @param deadline aborts when one act has taken too long
 */
export function makeKeyring(deadline = (): AbortSignal => AbortSignal.timeout(answerMs)): Keyring {
  let isSilent = false;
  // What waits for a keyring cannot be called off, and keeps its process from ending: so it has one of its own.
  const ask = (act: string, account: string, secret?: string): Promise<string | undefined> =>
    new Promise((resolve) => {
      if (isSilent) return resolve(undefined);
      const argv = [...process.execArgv, program, act, service, account];
      const options = { signal: deadline(), killSignal: 'SIGKILL', maxBuffer: 64 * 1024 } as const;
      const child = execFile(process.execPath, argv, options, (error, stdout) => {
        // Once is enough to wait for one that does not answer.
        if (error?.name === 'AbortError') isSilent = true;
        resolve(error || stdout === '' ? undefined : stdout);
      });
      child.stdin?.on('error', () => {});
      child.stdin?.end(secret);
    });
  return {
    read: (account) => ask('read', account),
    async keep(account, secret) {
      const isKept = (await ask('keep', account, secret)) === secret;
      // Some take what they will not give back: it shall not lie there.
      if (!isKept) await ask('forget', account);
      return isKept;
    },
    async forget(account) {
      await ask('forget', account);
    },
  };
}

export const systemKeyring: Keyring = makeKeyring();

/** For who wants none, and for tests. */
export const noKeyring: Keyring = {
  read: async () => undefined,
  keep: async () => false,
  forget: async () => {},
};
