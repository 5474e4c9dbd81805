/** What commander hands to every command of ours. */
export type CommandFlags = { readonly data?: string; readonly json?: boolean };

/** Lines for people on standard output. */
export function say(...lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
