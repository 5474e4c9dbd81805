import { printable } from '@sallyport/protocol/text';

/** One JSON value in one line on standard output: the answer of a command with `--json`. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/**
 * Rows under a header, columns as wide as their widest cell, two spaces between. Cells are foreign text: they are made
 * printable and never make a line of their own.
 */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [header, ...rows].map((row) => header.map((_, column) => printable(row[column] ?? '', 120)));
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** @param empty the sentence that is printed when there are no rows */
export function printTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  empty: string,
): void {
  process.stdout.write(`${rows.length === 0 ? empty : formatTable(header, rows)}\n`);
}
