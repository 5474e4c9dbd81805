import { Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { exitCodeOf, knownError, reportError } from './failure.ts';

/** The version of all three programs. */
export const version: string = packageJson.version;

/** What `--help` of a program or command says, in whole sentences. */
export type CommandSpec = {
  /** One line for the list of commands. */
  readonly summary: string;
  /** The sentences above the options; the summary if left out. */
  readonly description?: string;
  /** Command lines, ready to paste. */
  readonly examples?: readonly string[];
  /** Added to the exit code of the command's own failures: 250 where the remote status is returned. */
  readonly exitOffset?: number;
  /** False for a command that has neither a data folder nor an answer in JSON. */
  readonly common?: boolean;
};

const exitOffsets = new WeakMap<Command, number>();

/** A program with the conventions of all three: `--version`, `--help` with examples, wrong use told by `run`. */
export function makeProgram(name: string, spec: CommandSpec): Command {
  const program = new Command(name).version(version, '--version', 'Print the version.');
  return conform(program, spec);
}

/** Adds a command with `--data` and `--json`, unless it says otherwise. `usage` is as commander has it: `pair <port>`. */
export function subcommand(parent: Command, usage: string, spec: CommandSpec): Command {
  const command = conform(parent.command(usage), spec);
  if (spec.exitOffset !== undefined) exitOffsets.set(command, spec.exitOffset);
  if (spec.common !== false) {
    command.option('--data <folder>', 'Use this data folder instead of SALLYPORT_DATA or the usual place.');
    command.option('--json', 'Answer in JSON, for machines.');
  }
  return command;
}

function conform(command: Command, spec: CommandSpec): Command {
  command
    .summary(spec.summary)
    .description(spec.description ?? spec.summary)
    .helpOption('--help', 'Print this help.')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ outputError: () => {} });
  if (spec.examples?.length) {
    const title = spec.examples.length === 1 ? 'Example' : 'Examples';
    command.addHelpText('after', `\n${title}:\n${spec.examples.map((line) => `  ${line}`).join('\n')}`);
  }
  return command;
}

/** What a command wrote, and its exit code, where a test runs it. */
export type ProgramOutput = { write(stream: 'stdout' | 'stderr', text: string): void };
const outputOf: ProgramOutput = {
  write: (stream, text) => {
    process[stream].write(text);
  },
};

/**
 * Runs a command line to its end and tells its failure. A command that has a status of its own (`exec`) sets
 * `process.exitCode`.
 *
 * @param argv what follows the program's name
 * @returns the exit code (design, section 7)
 */
export async function run(
  program: Command,
  argv: readonly string[],
  output: ProgramOutput = outputOf,
): Promise<number> {
  const own = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : argv.length);
  try {
    if (argv.length === 0) {
      output.write('stderr', program.helpInformation());
      return 2;
    }
    await program.parseAsync(argv, { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (thrown) {
    const help = helpExit(thrown);
    if (help !== undefined) return help;
    const command = commandOf(program, own);
    const error = knownError(thrown);
    const debug = Boolean(process.env['SALLYPORT_DEBUG']);
    const told = reportError(error, { program: program.name(), json: own.includes('--json'), debug });
    if (told.stdout) output.write('stdout', told.stdout);
    if (told.stderr) output.write('stderr', told.stderr);
    return exitCodeOf(error, command && exitOffsets.get(command));
  }
}

const helpCodes = new Set(['commander.helpDisplayed', 'commander.help', 'commander.version']);

/** 0 if help was asked for, 2 if it was shown because a command was missing; undefined if this is another failure. */
function helpExit(thrown: unknown): number | undefined {
  if (!(thrown instanceof CommanderError) || !helpCodes.has(thrown.code)) return undefined;
  return thrown.exitCode === 0 ? 0 : 2;
}

/** The command that the words name, however deep: also if the rest of the line is wrong. */
function commandOf(program: Command, words: readonly string[]): Command | undefined {
  let command: Command | undefined;
  for (const word of words) {
    const found = (command ?? program).commands.find((known) => known.name() === word);
    if (found) command = found;
    else if (!word.startsWith('-')) break;
  }
  return command;
}

/**
 * Runs this process's command line and ends the process when all output is written: a socket that was forgotten does
 * not keep it. A reader that went away (`sallyport grants | head -1`) is no failure.
 */
export async function runProgram(program: Command): Promise<never> {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  }
  const code = await run(program, process.argv.slice(2));
  await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
  await new Promise<void>((resolve) => process.stderr.write('', () => resolve()));
  process.exit(code);
}
