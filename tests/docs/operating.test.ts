import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileKey } from '@sallyport/runtime/config';
import { configSchema } from '../../packages/device/src/commands/settings.ts';
import { relayConfigSchema } from '../../packages/relay/src/commands/config.ts';
import { settingsSchema } from '../../packages/support/src/relay/ports.ts';
import { programs, repository, runCommand } from '../stage/index.ts';

const pages = ['README.md', 'docs/operating.md'];
const read = (page: string): string => readFileSync(join(repository, page), 'utf8');
const page = read('docs/operating.md');

describe('docs/operating.md', () => {
  for (const [name, schema] of [
    ['relay', relayConfigSchema],
    ['device', configSchema],
    ['support', settingsSchema],
  ] as const) {
    it(`has every setting of the ${name}, and no other`, () => {
      const table = page.split(`<!-- settings: ${name} -->\n`)[1]?.split('\n\n')[0] ?? '';
      const documented = [...table.matchAll(/^\| `([^`]+)` \|/gm)].map(([, key]) => key ?? '');
      assert.deepEqual(documented.toSorted(), Object.keys(schema.shape).map(fileKey).toSorted());
    });
  }
});

/** The programs by the names under which the pages call them. */
const known: { readonly [name: string]: string } = {
  'sallyport-relay': programs.relay,
  relayctl: programs.relay,
  'sallyport-device': programs.device,
  sallyport: programs.support,
};

/** Command lines in the pages' blocks, comments taken away: program, words, and the options among them. */
function* commandLines(): Generator<{ page: string; line: string; program: string; words: string[] }> {
  for (const name of pages) {
    for (const [, language, block = ''] of read(name).matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)) {
      if (language) continue;
      for (const line of block.replaceAll('\\\n', ' ').split('\n')) {
        for (const part of line.replace(/(^| )#.*$/, '').split(/&&|;|\||>| -- env | -- sh /)) {
          const words = part.trim().split(/\s+/);
          const at = words.findLastIndex((word) => word in known);
          if (
            at < 0 ||
            /^(ln|alias|git|cp|rm|cd|systemctl|useradd|userdel|install|Include)$/.test(words[0] ?? '')
          )
            continue;
          yield { page: name, line, program: words[at] ?? '', words: words.slice(at + 1) };
        }
      }
    }
  }
}

describe('command lines in README.md and docs/operating.md', { timeout: 120_000 }, () => {
  const helps = new Map<string, Promise<string>>();
  const helpOf = (program: string, command: readonly string[]): Promise<string> => {
    const key = [program, ...command].join(' ');
    const known = helps.get(key) ?? runCommand(program, [...command, '--help']).then(({ stdout }) => stdout);
    helps.set(key, known);
    return known;
  };

  it('name commands and options that there are', async () => {
    let count = 0;
    for (const { page: where, line, program, words } of commandLines()) {
      const own = words.slice(0, words.includes('--') ? words.indexOf('--') : words.length);
      const file = known[program] ?? '';
      const command: string[] = [];
      for (const word of own) {
        const commands = /^Commands:$([\s\S]*)/m.exec(await helpOf(file, command))?.[1] ?? '';
        if (!new RegExp(`^  ${word.replace(/[^a-z-]/g, '')} `, 'm').test(commands) || word === '') break;
        command.push(word);
      }
      assert.ok(command.length > 0 || own.length === 0, `${where}: no such command: ${line}`);
      const help = await helpOf(file, command);
      for (const option of own.filter((word) => /^--[a-z]/.test(word))) {
        assert.ok(new RegExp(`^ .*${option}( |$)`, 'm').test(help), `${where}: no ${option}: ${line}`);
      }
      count += 1;
    }
    assert.ok(count > 40, `${count} command lines were found`);
  });
});
