import { printable } from '@sallyport/protocol/text';
import type { Command } from 'commander';
import { printJson, subcommand } from '../command/index.ts';
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
      'a grant it says which are missing in between. Exit code 1 if one of them is false.',
    examples: [`${program} receipt verify receipt.json`, `${program} receipt verify --root 9f86d0… *.json`],
  })
    .option('--root <sha256>', "SHA-256 of the maker's root certificate, hex.")
    .action((files, flags) => verify(files, flags, knownRoot));
}

async function verify(
  files: readonly string[],
  flags: ReceiptFlags,
  knownRoot: (flags: ReceiptFlags) => string | undefined | Promise<string | undefined>,
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
  const verified = files.map((file) => verifyReceiptFile(file, known));
  const gaps = gapsBetween(verified);
  if (flags.json) {
    printJson({
      rootCompared: known !== undefined,
      gaps,
      receipts: verified.map(({ standing, hash, root, notes, vouch, statement }, index) => ({
        file: files[index],
        standing,
        hash,
        root,
        notes,
        ...(vouch ? { vouch } : {}),
        statement,
      })),
    });
    return;
  }
  const trust =
    known === undefined
      ? 'Nothing on this computer knows the maker: compare the root with what the maker tells (--root).'
      : 'The root is that of the maker.';
  const texts = verified.map(
    (one, index) => `${printable(files[index] ?? '', 200)}: the receipt holds.\n${receiptText(one)}\n`,
  );
  process.stdout.write(`${[...texts, trust, ...gaps].join('\n')}\n`);
}
