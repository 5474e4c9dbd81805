/**
 * Writes `docs/connection-test.md` from the tables of verdicts and advice, so that the page cannot say anything else
 * than the programs. `--check` writes nothing and fails if the page differs by one byte.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { advices, portStepTexts, verdicts } from '../packages/protocol/src/connectionCode/index.ts';

export const connectionTestPage = join(import.meta.dirname, '../docs/connection-test.md');

const cell = (text: string): string => text.replace(/[\\|<>]/g, '\\$&').replace(/\s+/g, ' ');

/** The whole page. */
export function formatConnectionTest(): string {
  return `${[
    '# Connection test',
    [
      'What `sallyport-device test`, the page *Connection Test* and `sallyport decode` can say. Scripts look at the codes, never',
      'at the sentences: `--json` prints `{"verdict":{"code":…},"advice":[{"code":…}],"ports":[{"port":…,"reached":…}],…}`. In a',
      'sentence, `{name}` stands for the detail of that name.',
    ].join('\n'),
    'This page is made by `sh scripts/node scripts/connectionTestDoc.ts` from the tables, and a test compares the two.',
    '## Verdict',
    [
      '| code | what it says |',
      '| --- | --- |',
      ...Object.entries(verdicts).map(([code, { text }]) => `| \`${code}\` | ${cell(text)} |`),
    ].join('\n'),
    '## How far a port leads',
    [
      '| code | what it says: the port … |',
      '| --- | --- |',
      ...Object.entries(portStepTexts).map(([code, text]) => `| \`${code}\` | ${cell(text)} |`),
    ].join('\n'),
    '## Advice',
    'What is nearer to the device comes first: mend it, and test again.',
    [
      '| code | what it says | what to do |',
      '| --- | --- | --- |',
      ...Object.entries(advices).map(
        ([code, { text, next }]) => `| \`${code}\` | ${cell(text)} | ${cell(next)} |`,
      ),
    ].join('\n'),
    '## The code of eight characters',
    [
      'It carries the verdict, how far each of the first five ports leads, and the first three pieces of advice; no address, no name.',
      'Capitals and small letters are the same, O is read as 0, I and L as 1. One wrong character, or two that changed places, are found.',
    ].join('\n'),
  ].join('\n\n')}\n`;
}

if (import.meta.main) {
  const page = formatConnectionTest();
  if (!process.argv.includes('--check')) writeFileSync(connectionTestPage, page);
  else if (readFileSync(connectionTestPage, 'utf8') !== page) {
    console.error(
      'docs/connection-test.md is not what the tables say. Run: sh scripts/node scripts/connectionTestDoc.ts',
    );
    process.exitCode = 1;
  }
}
