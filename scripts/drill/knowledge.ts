import { randomBytes } from 'node:crypto';
import { globSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { programs } from '../stage/program.ts';
import type { Enabled } from '../stage/stage.ts';
import { openTerminal } from '../stage/terminal.ts';
import { type Attempt, GotIn, given } from './attempt.ts';
import { type Dump, searchMemory } from './memory.ts';
import { isIn, type Needle, needleOf, otpNeedle, plainNeedle } from './needles.ts';
import type { Scene } from './scene.ts';

/** How often each secret goes through the relay. */
const times = 2_000;

/** Where a device's half of a session asks for it: the ticket follows. */
const tickets = { before: '/v1/sessions/', length: 32 };

/** What happened while the true relay was at work, and what it must not have learned of it. */
export type Witnessed = {
  readonly grant: Enabled;
  readonly secrets: readonly Needle[];
  /** What the relay does know, as its promise says: that it is found shows that the search finds. */
  readonly known: readonly Needle[];
  readonly memory: Dump;
  /** Whether the device's own memory has each secret: it has, so that the same search does find them. */
  readonly device: Dump;
};

/** Erin pairs, types, reads and copies through the true relay, whose memory is searched while her session is live. */
export async function workThroughTrueRelay(scene: Scene): Promise<Witnessed> {
  const { stage, erin, device, relay } = scene;
  const reference = `CASE-${randomBytes(6).toString('hex')}`;
  const terms = ['--for', '1h', '--allow', 'terminal,files:write', '--reference', reference, '--wait', '20'];
  const grant = await stage.enable(terms);
  const password = otpNeedle(grant.otp);
  const beforeUse = await searchMemory(device.pid, [password]);

  const [typed, shown, copied] = [secretText(), secretText(), secretText()];
  const file = join(stage.folder, 'copied');
  writeFileSync(file, copied.repeat(times));
  const terminal = openTerminal(programs.support, ['connect', String(grant.port)], {
    SALLYPORT_DATA: erin.data,
    SALLYPORT_OTP: grant.otp,
  });
  const secrets = [
    password,
    needleOf('what was typed', typed),
    needleOf('what was shown', shown),
    needleOf('the file that was copied', copied),
  ];
  const known = [
    plainNeedle("the representative's name", erin.own.id),
    plainNeedle('the case number', reference),
  ];
  try {
    // Typed in two halves, so that what is shown was never typed; and shown often, so that it is in many a buffer.
    const halves = [shown.slice(0, 15), shown.slice(15)];
    const says = `a=${halves[0]}; b=${halves[1]}; for i in $(seq ${times}); do echo $a$b; done; echo all-$a$b`;
    terminal.type(`: ${typed}; ${says}\r`);
    await terminal.shows(new RegExp(`all-${shown}`));
    const { status, stderr } = await erin.run(['cp', file, `${grant.port}:${file}.there`]);
    given(status === 0, `the copy failed: ${stderr}`);
    const memory = await searchMemory(relay.service.child.pid ?? 0, [...secrets, ...known], tickets);
    const inUse = await searchMemory(device.pid, secrets);
    terminal.type('exit\r');
    await terminal.ended;
    return {
      grant,
      secrets,
      known,
      memory,
      device: { ...inUse, found: new Set([...inUse.found, ...beforeUse.found]) },
    };
  } finally {
    terminal.kill();
  }
}

/** Letters and digits that occur nowhere else. */
const secretText = (): string => `m${randomBytes(14).toString('hex')}`;

/** Searches all that the relay has for what it must not know. */
export function knowledgeAttempts(scene: Scene, what: Witnessed): Attempt[] {
  const { memory, device, secrets, known } = what;
  const [password, ...contents] = secrets;
  const names = (needles: readonly Needle[]): string => needles.map(({ name }) => name).join(', ');
  const mustLack = (found: ReadonlySet<string>, needles: readonly Needle[]): void => {
    const leaks = needles.filter(({ name }) => found.has(name));
    if (leaks.length > 0) throw new GotIn(`found ${names(leaks)}`);
  };
  const mustHave = (found: ReadonlySet<string>, needles: readonly Needle[]): string => {
    for (const { name } of needles) given(found.has(name), `not even ${name} was found: the search is blind`);
    return `the same search finds ${names(needles)}`;
  };
  const mebibytes = Math.round(memory.bytes / 2 ** 20);
  const nothing = 'nothing: reading leaves no trace';
  const inMemory =
    (needles: readonly Needle[]): Attempt['act'] =>
    async () => {
      mustLack(memory.found, needles);
      given(mebibytes > 20, `only ${mebibytes} MiB of memory could be read`);
      const honest = `${mustHave(memory.found, known)} here, and ${mustHave(device.found, needles)} in the memory of the device`;
      return { outcome: `not in its ${mebibytes} MiB`, seen: nothing, honest };
    };
  return [
    {
      title: "the relay's memory",
      tried: 'searches it for the one-time password, which was used a moment ago',
      act: inMemory(password ? [password] : []),
    },
    {
      title: "the relay's memory",
      tried: 'searches it for what was typed, shown and copied, in a session that is live',
      act: inMemory(contents),
    },
    {
      title: "the relay's disk",
      tried: 'searches every file, and every row of the database, for all of it',
      act: async () => {
        const { bytes, found } = searchDisk(scene.relayData, [...secrets, ...known]);
        mustLack(found, secrets);
        return {
          outcome: `not in its ${Math.round(bytes / 1024)} KiB`,
          seen: nothing,
          honest: mustHave(found, known),
        };
      },
    },
    {
      title: "the relay's log",
      tried: 'searches all that it says at the level debug',
      act: async () => {
        const log = Buffer.from(scene.relay.log());
        const found = namesIn(log, [...secrets, ...known]);
        mustLack(found, secrets);
        const lines = log.toString().split('\n').length - 1;
        return {
          outcome: `not in its ${lines} lines`,
          seen: nothing,
          honest: mustHave(found, known.slice(0, 1)),
        };
      },
    },
  ];
}

const namesIn = (bytes: Buffer, needles: readonly Needle[]): Set<string> =>
  new Set(needles.filter((needle) => isIn(bytes, needle)).map(({ name }) => name));

/** Every file as it lies there, the database's logs among them; and the database as it reads. */
function searchDisk(data: string, needles: readonly Needle[]): { bytes: number; found: Set<string> } {
  const found = new Set<string>();
  let bytes = 0;
  const look = (content: Buffer): void => {
    bytes += content.length;
    for (const name of namesIn(content, needles)) found.add(name);
  };
  for (const name of globSync('**', { cwd: data })) {
    const path = join(data, name);
    if (statSync(path).isFile()) look(readFileSync(path));
  }
  const database = new DatabaseSync(join(data, 'relay.sqlite'), { readOnly: true });
  try {
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    for (const { name } of tables)
      look(Buffer.from(JSON.stringify(database.prepare(`SELECT * FROM "${name}"`).all())));
  } finally {
    database.close();
  }
  return { bytes, found };
}
