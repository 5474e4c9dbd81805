import type { AsyncEntry } from '@napi-rs/keyring';

/** What the operating system keeps for its user, until they log out or take it away. */
export type Keyring = {
  /** Undefined where there is nothing, or no keyring. */
  read(account: string): Promise<string | undefined>;
  /** @returns whether it is kept */
  keep(account: string, secret: string): Promise<boolean>;
  forget(account: string): Promise<void>;
};

const service = 'sallyport';
/** A keyring that is locked asks its user by a window of its own: so long it is waited for. */
const answerMs = 30_000;

/**
 * The keychain of macOS, the Secret Service of a Linux desktop, or else Linux' keyring in the kernel. Where none of them
 * answers, nothing is kept and nothing fails.
 */
export const systemKeyring: Keyring = {
  read: (account) => ask(account, async (entry, signal) => (await entry.getPassword(signal)) ?? undefined),
  async keep(account, secret) {
    const kept = await ask(account, async (entry, signal) => {
      await entry.setPassword(secret, signal);
      return (await entry.getPassword(signal)) === secret;
    });
    // Some take what they will not give back: it shall not lie there.
    if (!kept) await systemKeyring.forget(account);
    return kept ?? false;
  },
  async forget(account) {
    await ask(account, (entry, signal) => entry.deleteCredential(signal));
  },
};

/** For who wants none, and for tests. */
export const noKeyring: Keyring = {
  read: async () => undefined,
  keep: async () => false,
  forget: async () => {},
};

async function ask<T>(
  account: string,
  act: (entry: AsyncEntry, signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  try {
    const { AsyncEntry } = await import('@napi-rs/keyring');
    return await act(new AsyncEntry(service, account), AbortSignal.timeout(answerMs));
  } catch {
    return undefined;
  }
}
