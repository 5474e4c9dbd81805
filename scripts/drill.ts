/** `npm run drill`: somebody has stolen the relay, and tries to get in. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { drill } from './drill/drill.ts';
import { allKeptOut, format } from './drill/report.ts';

const help = `Usage: npm run drill -- [options]

The stolen relay: tries to get in with all that a relay has, its disk, its database, its memory, its keys and those of
the authority. Each attempt is one line: what was tried, what happened, what the administrator of the device saw, and
what did get in by the same way with an honest ingredient. Erin and otto are the representatives, the thief is whoever
has stolen the relay. Exit 0 only if no attempt got in, and all could be made.

Without options it sets up a relay, devices and representatives of its own in a temporary folder. With --relay-data it
uses the authority and the database of a vendor's relay, and a device and a representative for the test, if they are
given; else it makes new ones of that authority. It works on copies of these folders, on ports of the loopback: nothing
in them is changed, and nothing is sent to the relay itself. Copy the folders while nothing runs on them.

Options:
  --relay-data FOLDER            A copy of a relay's data folder, with its authority.
  --device-data FOLDER           A copy of a device agent's data folder, enrolled at that relay. Its grant is disabled.
  --representative-data FOLDER   A copy of a representative's data folder, logged in at that relay.
  --json                         One JSON object a line, for machines.
  --help                         Print this help.

It needs Linux, and the right to read the memory of the processes that it starts: as root, or with the kernel's
yama.ptrace_scope at most 1. It takes about half a minute.

Examples:
  npm run drill
  npm run drill -- --relay-data R --device-data D --representative-data S
`;

function readOptions() {
  try {
    return parseArgs({
      options: {
        'relay-data': { type: 'string' },
        'device-data': { type: 'string' },
        'representative-data': { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\nSee npm run drill -- --help`);
    process.exit(2);
  }
}

/** A path as whoever called npm means it: npm runs scripts in the folder of the project. */
const placeOf = (path: string | undefined): string | undefined =>
  path === undefined ? undefined : resolve(process.env['INIT_CWD'] ?? '.', path);

async function main(): Promise<number> {
  const options = readOptions();
  if (options.help) {
    process.stdout.write(help);
    return 0;
  }
  const started = performance.now();
  const borrowed = {
    relayData: placeOf(options['relay-data']),
    deviceData: placeOf(options['device-data']),
    representativeData: placeOf(options['representative-data']),
  };
  const lines = await drill(borrowed, (line) => {
    console.log(options.json ? JSON.stringify(line) : format(line));
  });
  const keptOut = lines.filter(({ verdict }) => verdict === 'kept out').length;
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  console.error(`${keptOut} of ${lines.length} attempts were kept out, in ${seconds} s.`);
  return allKeptOut(lines) ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`The drill could not be held: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
