import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { formatReceipt, type Receipt } from '@sallyport/protocol/receipt';
import { makePrivateFolder, writePrivateFile } from '@sallyport/runtime/folder';

/** Grants whose receipts are kept; beyond, those that were written last stay. */
export const keptGrants = 1_000;

/** Where the receipt of a session is: `receipts/GRANT/SESSION.json` in the data folder. */
export const receiptPath = (data: string, grant: string, session: string): string =>
  join(data, 'receipts', grant, `${session}.json`);

/** Durable when it returns; for this user alone. @returns where it is */
export function keepReceipt(
  data: string,
  { grant, session }: { readonly grant: string; readonly session: string },
  receipt: Receipt,
): string {
  const folder = join(data, 'receipts');
  makePrivateFolder(folder);
  const ofGrant = join(folder, grant);
  if (!existsSync(ofGrant)) forgetOldest(folder);
  makePrivateFolder(ofGrant);
  const file = receiptPath(data, grant, session);
  writePrivateFile(file, formatReceipt(receipt));
  return file;
}

function forgetOldest(folder: string): void {
  const names = readdirSync(folder).filter((name) => /^[0-9a-f]{32}$/.test(name));
  if (names.length < keptGrants) return;
  const aged = names.map((name) => ({ name, at: statSync(join(folder, name)).mtimeMs }));
  aged.sort((one, other) => one.at - other.at);
  for (const { name } of aged.slice(0, names.length - keptGrants + 1)) {
    rmSync(join(folder, name), { recursive: true, force: true });
  }
}
