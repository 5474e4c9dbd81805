import { once } from 'node:events';

/** Writes lines to standard output as fast as it is read, and no faster. @returns false when nobody reads any more */
export async function writeLines(lines: Iterable<string>): Promise<boolean> {
  const { stdout } = process;
  let text = '';
  for (const line of lines) {
    text += `${line}\n`;
    if (text.length < 65_536) continue;
    if (!stdout.write(text)) await once(stdout, 'drain');
    text = '';
  }
  if (text !== '' && !stdout.write(text)) await once(stdout, 'drain');
  return !stdout.destroyed;
}
