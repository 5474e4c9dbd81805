import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { fail as protocolFail } from '@sallyport/protocol/errors';
import type { Command } from 'commander';
import { fail } from '../errors/index.ts';
import {
  formatTable,
  makeProgram,
  parseForOption,
  parseList,
  parseSeconds,
  run,
  secondsWithin,
  subcommand,
  version,
} from './index.ts';

type Told = { code: number; stdout: string; stderr: string };

function program(act: (...values: unknown[]) => unknown = () => {}): Command {
  const made = makeProgram('sallyport', { summary: 'Helps customers on their appliances.' });
  subcommand(made, 'pair', {
    summary: 'Prove the OTP.',
    description: 'Proves the one-time password to the device.',
    examples: ['sallyport pair 40123'],
  })
    .argument('<port>', 'The port number.')
    .option('--wait <seconds>', 'Wait this long.', parseSeconds)
    .action(async (...values) => {
      await act(...values);
    });
  subcommand(made, 'exec', { summary: 'Run a command.', exitOffset: 250 })
    .argument('<port>', 'The port number.')
    .argument('<words...>', 'The command.')
    .action(async (...values) => {
      await act(...values);
    });
  const device = subcommand(made, 'device', { summary: 'Devices.', common: false });
  subcommand(device, 'remove', { summary: 'Remove one.', exitOffset: 100 }).action(async () => {
    await act();
  });
  return made;
}

async function call(made: Command, line: string): Promise<Told> {
  const told = { stdout: '', stderr: '' };
  const write = (stream: 'stdout' | 'stderr', text: string): void => {
    told[stream] += text;
  };
  for (const command of [made, ...made.commands, ...made.commands.flatMap((child) => child.commands)]) {
    command.configureOutput({
      writeOut: (text) => write('stdout', text),
      writeErr: (text) => write('stderr', text),
    });
  }
  const code = await run(made, line === '' ? [] : line.split(' '), { write });
  return { code, ...told };
}

const failing = (error: unknown): Command =>
  program(() => {
    throw error;
  });

afterEach(() => {
  process.exitCode = undefined;
});

describe('a command line', () => {
  it('that works ends with 0', async () => {
    const seen: unknown[] = [];
    const told = await call(
      program((port, options) => seen.push(port, options)),
      'pair 40123 --wait 2.5 --json --data D',
    );
    assert.deepEqual(told, { code: 0, stdout: '', stderr: '' });
    assert.deepEqual(seen.slice(0, 2), ['40123', { wait: 2_500, json: true, data: 'D' }]);
  });

  it('ends with the status that the command sets', async () => {
    const made = program(() => {
      process.exitCode = 7;
    });
    assert.equal((await call(made, 'exec 40123 -- false')).code, 7);
  });

  it('tells the version, and help in sentences with examples', async () => {
    assert.deepEqual(await call(program(), '--version'), { code: 0, stdout: `${version}\n`, stderr: '' });
    const help = await call(program(), 'pair --help');
    assert.equal(help.code, 0);
    assert.match(help.stdout, /Proves the one-time password to the device\./);
    assert.match(help.stdout, /Example:\n {2}sallyport pair 40123\n/);
  });

  it('without a command shows the help on standard error and ends with 2', async () => {
    for (const line of ['', 'device']) {
      const told = await call(program(), line);
      assert.equal(told.code, 2);
      assert.equal(told.stdout, '');
      assert.match(told.stderr, /Usage: sallyport/);
    }
  });

  const wrongUse: [line: string, hint: RegExp][] = [
    ['pairr 40123', /Unknown command 'pairr' \(Did you mean pair\?\)/],
    ['pair', /Missing required argument 'port'\./],
    ['pair 40123 --wiat 3', /Unknown option '--wiat' \(Did you mean --wait\?\)/],
    ['pair 40123 --wait soon', /Give seconds/],
    ['pair 40123 40124', /Too many arguments/],
  ];
  for (const [line, hint] of wrongUse) {
    it(`"${line}" ends with 2 and a hint in two lines`, async () => {
      const told = await call(program(), line);
      assert.equal(told.code, 2);
      assert.equal(told.stdout, '');
      assert.match(told.stderr, hint);
      assert.match(told.stderr, /^sallyport: .*\n {2}Next: See the command with --help\.\n$/);
    });
  }
});

describe('a failure of a command', () => {
  it('is told to people in lines of what, why, leg and what next', async () => {
    const told = await call(failing(protocolFail('device-away', { leg: 'to-device' })), 'pair 40123');
    assert.equal(told.code, 4);
    assert.equal(told.stdout, '');
    assert.equal(
      told.stderr,
      'sallyport: The device is not connected to the relay at the moment. [relay to device]\n' +
        '  Next: Ask the administrator whether the device is on and has its network; try again.\n',
    );
  });

  it('is told to machines as one JSON object on standard output', async () => {
    const error = protocolFail('device-no-answer', {
      leg: 'to-device',
      details: { seconds: 10 },
      cause: new Error('private'),
    });
    const told = await call(failing(error), 'pair 40123 --json');
    assert.equal(told.code, 4);
    assert.equal(told.stderr, '');
    const parsed = JSON.parse(told.stdout) as { error: { [name: string]: unknown } };
    assert.deepEqual(Object.keys(parsed), ['error']);
    const { code, text, leg, details } = parsed.error;
    assert.deepEqual(
      { code, leg, details },
      { code: 'device-no-answer', leg: 'to-device', details: { seconds: 10 } },
    );
    assert.match(String(text), /within 10 s/);
    assert.doesNotMatch(told.stdout, /private/);
  });

  it('names details in its advice too', async () => {
    const error = fail('folder-missing', { details: { path: '/x', setUp: 'sallyport login INVITE' } });
    assert.match(
      (await call(failing(error), 'pair 40123')).stderr,
      /set it up first: sallyport login INVITE\.\n$/,
    );
    assert.match(
      (await call(failing(error), 'pair 40123 --json')).stdout,
      /set it up first: sallyport login INVITE\./,
    );
  });

  it('has 250 added where the remote status is returned, also for wrong use', async () => {
    assert.equal((await call(failing(protocolFail('otp-wrong')), 'exec 40123 -- true')).code, 253);
    assert.equal((await call(program(), 'exec 40123')).code, 252);
    assert.equal((await call(program(), 'exec 40123 --nonsense -- true')).code, 252);
    assert.equal((await call(failing(protocolFail('otp-wrong')), 'device remove')).code, 103);
  });

  it('takes --json behind -- for a word of the remote command', async () => {
    const told = await call(failing(protocolFail('otp-wrong')), 'exec 40123 -- ls --json');
    assert.equal(told.stdout, '');
    assert.match(told.stderr, /^sallyport: /);
  });

  it('that nobody foresaw is "internal", with its cause for people only', async () => {
    const told = await call(failing(new TypeError('x is not a function')), 'pair 40123');
    assert.equal(told.code, 1);
    assert.match(
      told.stderr,
      /Something went wrong inside the program\.\n {2}Next: .*\n {2}Cause: x is not a function\n$/,
    );
    assert.doesNotMatch(
      (await call(failing(new TypeError('x is not a function')), 'pair 40123 --json')).stdout,
      /not a function/,
    );
  });

  it('cannot move the cursor or make lines by what a device says', async () => {
    const error = protocolFail('channel-unreachable', {
      details: { target: 'x:1\n\x1b[2Jsallyport: all is well', reason: 'y' },
    });
    const told = await call(failing(error), 'pair 40123');
    assert.equal(told.stderr.split('\n').length, 3);
    assert.equal(told.stderr.includes('\x1b'), false);
  });
});

describe('options', () => {
  it('of time are seconds, or durations within the bounds of a grant', () => {
    assert.equal(parseSeconds('0'), 0);
    assert.equal(parseSeconds('0.25'), 250);
    for (const text of ['', '-1', '1e3', '86401', 'x'])
      assert.throws(() => parseSeconds(text), /from 0 to 86400/);
    assert.equal(secondsWithin(1, 540)('540'), 540_000);
    for (const text of ['0', '0.999', '540.001', '99999'])
      assert.throws(() => secondsWithin(1, 540)(text), /from 1 to 540/);
    assert.equal(parseForOption('10s'), 10_000);
    assert.equal(parseForOption('24h'), 86_400_000);
    for (const text of ['9s', '25h', '4', 'soon'])
      assert.throws(() => parseForOption(text), /90s, 30m or 4h/);
  });

  it('that are lists take commas and repetition', () => {
    assert.deepEqual(parseList('a, b,,c', ['z']), ['z', 'a', 'b', 'c']);
    assert.throws(() => parseList(' , '));
  });
});

describe('a table', () => {
  it('has columns as wide as their widest cell, and no foreign line breaks', () => {
    assert.equal(
      formatTable(
        ['PORT', 'DEVICE'],
        [
          ['40123', 'pump\n7'],
          ['4', 'x'],
        ],
      ),
      'PORT   DEVICE\n40123  pump\ufffd7\n4      x',
    );
  });
});
