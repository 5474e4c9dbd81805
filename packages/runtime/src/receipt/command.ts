import { SallyportError, toWireError } from '@sallyport/protocol/errors';
import type { Verified } from '@sallyport/protocol/receipt';
import { printable } from '@sallyport/protocol/text';
import type { Command } from 'commander';
import { exitCodeOf, printJson, reportError, subcommand } from '../command/index.ts';
import { fail } from '../errors/index.ts';

export type ReceiptFlags = { readonly root?: string; readonly json?: boolean; readonly data?: string };

/**
 * Adds `receipt verify FILE...` to a program.
 *
 * @param knownRoot SHA-256 of the maker's root as this computer knows it, by the flags; undefined if it knows none
 */
export function addReceiptVerify(
  receipt: Command,
  program: string,
  knownRoot: (flags: ReceiptFlags) => string | undefined | Promise<string | undefined>,
): void {
  subcommand(receipt, 'verify <files...>', {
    summary: 'Check receipts: who signed what.',
    description:
      'Checks receipts, and says what they prove. Asks nobody, and needs no login. The maker is known by the SHA-256 of the ' +
      'root certificate: with --root, or as this computer knows it; else compare what is printed. Of several receipts of ' +
      'a grant it says which are missing in between. All files are looked at; exit code 1 if one of them is false.',
    examples: [`${program} receipt verify receipt.json`, `${program} receipt verify --root 9f86d0… *.json`],
  })
    .option('--root <sha256>', "SHA-256 of the maker's root certificate, hex.")
    .action((files, flags) => verify(files, flags, { program, knownRoot }));
}

type Context = {
  readonly program: string;
  readonly knownRoot: (flags: ReceiptFlags) => string | undefined | Promise<string | undefined>;
};

async function verify(
  files: readonly string[],
  flags: ReceiptFlags,
  { program, knownRoot }: Context,
): Promise<void> {
  // What checks them is loaded when it runs.
  const { gapsBetween, verifyReceiptFile } = await import('./read.ts');
  const { receiptText } = await import('./text.ts');
  const given = flags.root?.toLowerCase();
  if (given !== undefined && !/^[0-9a-f]{64}$/.test(given)) {
    throw fail('wrong-use', {
      details: { what: '--root takes the SHA-256 of a certificate: 64 digits, hex.' },
    });
  }
  const known = given ?? (await knownRoot(flags));
  const good: { readonly file: string; readonly receipt: Verified }[] = [];
  const bad: { readonly file: string; readonly error: SallyportError }[] = [];
  for (const file of files) {
    try {
      good.push({ file, receipt: verifyReceiptFile(file, known) });
    } catch (error) {
      if (!(error instanceof SallyportError) || files.length === 1) throw error;
      bad.push({ file, error });
    }
  }
  if (bad.length > 0) process.exitCode = Math.max(...bad.map(({ error }) => exitCodeOf(error)));
  const gaps = gapsBetween(good.map(({ receipt }) => receipt));
  if (flags.json) {
    printJson({
      rootCompared: known !== undefined,
      gaps,
      receipts: good.map(({ file, receipt: { standing, hash, root, notes, vouch, statement } }) => ({
        file,
        standing,
        hash,
        root,
        notes,
        ...(vouch ? { vouch } : {}),
        statement,
      })),
      refused: bad.map(({ file, error }) => ({ file, error: toWireError(error) })),
    });
    return;
  }
  const trust =
    known === undefined
      ? 'Nothing on this computer knows the maker: compare the root with what the maker tells (--root).'
      : 'The root is that of the maker.';
  const texts = good.map(
    ({ file, receipt }) => `${printable(file, 200)}: the receipt holds.\n${receiptText(receipt)}\n`,
  );
  const said = [...texts, ...(good.length > 0 ? [trust] : []), ...gaps];
  if (said.length > 0) process.stdout.write(`${said.join('\n')}\n`);
  for (const { error } of bad) process.stderr.write(reportError(error, { program, json: false }).stderr);
}
