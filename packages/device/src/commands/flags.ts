import { parseProxy } from '@sallyport/runtime/dial';
import { fail } from '@sallyport/runtime/errors';

/** What commander hands to every command of ours. */
export type CommandFlags = { readonly data?: string; readonly json?: boolean };

/** Lines for people on standard output. */
export function say(...lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** `--proxy`, as it was typed: a password in it could be read by every user of the machine. @throws wrong-use */
export function proxyFlag(text: string | undefined): string | undefined {
  if (text === undefined || parseProxy(text)?.name === undefined) return text;
  const what =
    'Others can read the arguments of a program: put the name and password of a proxy into config.yaml.';
  throw fail('wrong-use', { details: { what } });
}
