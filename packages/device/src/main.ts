import { addFilters } from '@sallyport/runtime/audit';
import {
  makeProgram,
  parseForOption,
  parseList,
  parseSeconds,
  runProgram,
  secondsWithin,
  subcommand,
} from '@sallyport/runtime/command';
import { addReceiptVerify } from '@sallyport/runtime/receipt';
import { parseCount, parseNoted, parseTimes } from './commands/recordingOptions.ts';

// Each command loads what it needs when it runs: `status` does not wait for the SSH server.
/** How long a grant is enabled for where nobody says. */
const usualMs = 4 * 3_600_000;
/** The relay holds a connection for ten minutes. */
const longestHoldSeconds = 540;

const program = makeProgram('sallyport-device', {
  summary: 'The device agent of Sallyport: remote support that opens from the inside only.',
  examples: [
    'sallyport-device enroll TOKEN',
    'sallyport-device serve',
    'sallyport-device enable --for 4h --allow terminal',
  ],
});

subcommand(program, 'enroll <token>', {
  summary: 'Get this device an identity at a relay.',
  description:
    'Gets this device an identity at a relay, by a token from whoever runs it. The key is made here and never leaves. ' +
    'An agent that runs already goes on with the new identity at once.',
  examples: ['sallyport-device enroll sp1d-...'],
})
  .option('--name <name>', 'What people call this device; its host name if left out.')
  .option('--again', 'Replace the identity that is there.')
  .option('--proxy <url>', 'Go out by this proxy: http://HOST:PORT or socks5://HOST:PORT.')
  .action(async (token, flags) => (await import('./commands/enroll.ts')).runEnroll(token, flags));

subcommand(program, 'serve', {
  summary: 'Run the device agent.',
  description:
    'Runs the device agent until SIGTERM or Ctrl-C. It prints "ready" when it takes commands, and logs to standard error. ' +
    'An open grant goes on after a restart. Each option can stand in config.yaml of the data folder instead: run-as: support.',
  examples: ['sallyport-device serve --web 127.0.0.1:8080 --run-as support'],
})
  .option(
    '--web <address>',
    'Where the web interface listens: 127.0.0.1:8080; elsewhere by TLS: 0.0.0.0:443 (nowhere).',
  )
  .option(
    '--web-certificate <file>',
    "Its certificate in PEM, the issuers' after it (one of the device's own).",
  )
  .option('--web-key <file>', 'The key of that certificate, in PEM.')
  .option('--web-names <names>', 'More host names that it is reached by, with commas between.')
  .option('--run-as <user>', "As whom terminals and files run; same-user for the agent's own user (neither).")
  .option('--maker <name>', "Who makes this device and supports it, for people (the relay's host name).")
  .option('--web-target <address>', 'Where the scope web leads, as HOST:PORT (the web interface).')
  .option('--file-roots <folders>', 'Folders that file transfers may reach, with commas between (/).')
  .option('--outbound-port <port>', 'The one port to go out by, or automatic (automatic).')
  .option('--proxy <url>', 'Go out by this proxy: http://HOST:PORT or socks5://HOST:PORT (none).')
  .option('--relay-ports <ports>', "The relay's ports, if it moved to others than those of the token.")
  .option('--log-level <level>', 'debug, info, warn, error or silent (info).')
  .action(async (flags) => (await import('./commands/serve.ts')).runServe(flags));

subcommand(program, 'enable', {
  summary: 'Enable Remote Support.',
  description:
    'Enables Remote Support, waits for the port number, and shows it with the one-time password: read both to your ' +
    'support representative. Ctrl-C stops the waiting, not the grant: see disable.',
  examples: ['sallyport-device enable --for 4h --allow terminal,files:write,web,tcp:127.0.0.1:5432'],
})
  .option('--for <duration>', 'How long, from 10s to 24h (4h).', parseForOption)
  .requiredOption(
    '--allow <scopes>',
    'What: terminal, files:read, files:write, web, tcp:HOST:PORT; with commas between.',
    parseList,
  )
  .option('--approve', 'Ask a person on site before somebody pairs.')
  .option('--reference <text>', 'A case number; the representative sees it.')
  .option('--wait <seconds>', 'Give up waiting for the port number after so long.', parseSeconds)
  .action(async (flags) => (await import('./commands/grant.ts')).runEnable({ for: usualMs, ...flags }));

subcommand(program, 'disable', {
  summary: 'Disable Remote Support: ends everything at once.',
  examples: ['sallyport-device disable'],
}).action(async (flags) => (await import('./commands/grant.ts')).runDisable(flags));

subcommand(program, 'extend', {
  summary: 'Set the end of Remote Support anew, counted from now.',
  description: 'Sets the end of Remote Support anew, counted from now; never beyond 24 hours from Enable.',
  examples: ['sallyport-device extend --for 2h'],
})
  .requiredOption('--for <duration>', 'How long from now: from 10s to 24h.', parseForOption)
  .action(async (flags) => (await import('./commands/grant.ts')).runExtend(flags));

subcommand(program, 'status', {
  summary: 'Say how Remote Support stands.',
  examples: ['sallyport-device status --watch'],
})
  .option('--watch', 'Again at every change, until Ctrl-C.')
  .option('--show-password', 'With the one-time password, while it is live.')
  .action(async (flags) => (await import('./commands/status.ts')).runStatus(flags));

subcommand(program, 'test', {
  summary: 'Try every way to the relay, and say what stands in between.',
  description:
    'Tries every port of the relay at once, over IPv4 and IPv6: name, TCP, TLS with our relay, its health, the WebSocket; looks ' +
    'at the network besides; and says in ten seconds what stands in between, what to do about it, and a code of eight ' +
    'characters for the representative (sallyport decode). Needs no running agent, and changes nothing: only its result is ' +
    'kept. Exit code 4 if no port leads to the relay.',
  examples: ['sallyport-device test'],
})
  .option(
    '--hold <seconds>',
    `Then hold connections on which nothing is said, for so long at most (1 to ${longestHoldSeconds}), and say how long they live.`,
    secondsWithin(1, longestHoldSeconds),
  )
  .action(async (flags) => (await import('./commands/test.ts')).runTest(flags));

subcommand(program, 'new-password', {
  summary: 'Make a new one-time password.',
  description:
    'Makes a new one-time password, for another representative or after one was used up. The one before is worth nothing any more.',
  examples: ['sallyport-device new-password'],
}).action(async (flags) => (await import('./commands/grant.ts')).runNewPassword(flags));

subcommand(program, 'approve [who]', {
  summary: 'Let a representative who waits pair.',
  description:
    'Lets a representative who waits pair. WHO is the id or name that status shows; not needed while one waits.',
  examples: ['sallyport-device approve'],
}).action(async (who, flags) => (await import('./commands/people.ts')).runDecide(who, true, flags));

subcommand(program, 'deny [who]', {
  summary: 'Refuse a representative who waits.',
  description:
    'Refuses a representative who waits. WHO is the id or name that status shows; not needed while one waits.',
  examples: ['sallyport-device deny erin@maker.example'],
}).action(async (who, flags) => (await import('./commands/people.ts')).runDecide(who, false, flags));

subcommand(program, 'pause <who>', {
  summary: 'Hold what a representative sends.',
  description:
    'Holds what a representative types, copies and asks for, in all their sessions, until resume: nothing of it is lost, and ' +
    'what the device says goes on. WHO is the name or id that status shows.',
  examples: ['sallyport-device pause erin@maker.example'],
}).action(async (who, flags) => (await import('./commands/people.ts')).runPause(who, true, flags));

subcommand(program, 'resume <who>', {
  summary: 'Let what a paused representative sends go on.',
  description:
    'Lets everything that waited since pause go on, in order. WHO is the name or id that status shows.',
  examples: ['sallyport-device resume erin@maker.example'],
}).action(async (who, flags) => (await import('./commands/people.ts')).runPause(who, false, flags));

subcommand(program, 'cut <who>', {
  summary: 'Cut a representative off until the grant ends.',
  description:
    'Ends the sessions of a representative at once, forgets the pairing, and blocks the key until the grant ends. WHO is ' +
    'the name or id that status shows.',
  examples: ['sallyport-device cut erin@maker.example'],
}).action(async (who, flags) => (await import('./commands/people.ts')).runCut(who, flags));

subcommand(program, 'block <key>', {
  summary: 'Keep a key out until the grant ends.',
  description:
    'Keeps a key out until the grant ends, whether it ever was in or not, and ends all that it has. KEY is what status shows ' +
    'of it, at least its first eight digits.',
  examples: ['sallyport-device block 5f0c77b1'],
}).action(async (key, flags) => (await import('./commands/people.ts')).runBlock(key, flags));

const ask = subcommand(program, 'ask', {
  summary: 'Answer a representative who asks for more.',
  common: false,
  examples: ['sallyport-device ask grant'],
});
subcommand(ask, 'grant [id]', {
  summary: 'Allow what is asked for.',
  description:
    'Allows what a representative asks for, in sessions that are open, too. ID is what status shows; not needed while there is ' +
    'one question.',
  examples: ['sallyport-device ask grant 3'],
}).action(async (id, flags) => (await import('./commands/people.ts')).runAnswer(id, true, flags));
subcommand(ask, 'refuse [id]', {
  summary: 'Refuse what is asked for.',
  description:
    'Refuses what a representative asks for. ID is what status shows; not needed while there is one question.',
  examples: ['sallyport-device ask refuse'],
}).action(async (id, flags) => (await import('./commands/people.ts')).runAnswer(id, false, flags));

const audit = subcommand(program, 'audit', {
  summary: 'The audit log: who did what when. List, export, verify.',
  common: false,
  examples: ['sallyport-device audit list', 'sallyport-device audit verify'],
});
addFilters(
  subcommand(audit, 'list', {
    summary: 'Show the newest entries.',
    description: 'Shows the newest entries, the newest last. Needs no running agent.',
    examples: [
      'sallyport-device audit list --limit 20',
      'sallyport-device audit list --who erin@maker.example --follow',
    ],
  })
    .option('--limit <count>', 'How many (50).')
    .option('--follow', 'Also what comes, until Ctrl-C.'),
).action(async (flags) => (await import('./commands/audit.ts')).runAuditList(flags));
addFilters(
  subcommand(audit, 'export', {
    summary: 'Print the log, one JSON object a line, the oldest first.',
    examples: [
      'sallyport-device audit export > audit.jsonl',
      'sallyport-device audit export --ocsf --from 2027-01-01',
    ],
  })
    .option('--after <number>', 'Only what comes after this entry.')
    .option('--ocsf', 'As events of the Open Cybersecurity Schema Framework.'),
).action(async (flags) => (await import('./commands/audit.ts')).runAuditExport(flags));
subcommand(audit, 'verify', {
  summary: 'Check that no entry was changed, taken out, or put in, and that the end is there.',
  description:
    'Checks the chain of hashes from the first entry to the last, and that the log goes as far as the device signed that ' +
    'it went. Prints its head: noted elsewhere, and given with --head, it proves later that the log up to it is the same.',
  examples: ['sallyport-device audit verify', 'sallyport-device audit verify --head 1204:9f86d0…'],
})
  .option('--head <number:hash>', 'A head that was noted before, or that a receipt tells.')
  .action(async (flags) => (await import('./commands/audit.ts')).runAuditVerify(flags));

subcommand(program, 'report <grant>', {
  summary: 'One grant on a page: who came, what they were allowed, and what they did.',
  description:
    'Writes what there is to say about one grant: who enabled it, who came, what they were allowed and did, commands, files, ' +
    'recordings and receipts. GRANT is its id, a port number that it had, or last. Needs no running agent.',
  examples: [
    'sallyport-device report last --out report.html',
    'sallyport-device report 40123 --out report.pdf --language de',
  ],
})
  .option('--out <file>', 'Into this file, and not to standard output; its ending chooses the format.')
  .option('--format <format>', 'html, pdf (by Chromium, where there is one) or json (html).')
  .option('--language <language>', 'en or de (en).')
  .action(async (grant, flags) => (await import('./commands/report.ts')).runReport(grant, flags));

const receipt = subcommand(program, 'receipt', {
  summary: 'What both sides signed of a session. Verify.',
  common: false,
  examples: ['sallyport-device receipt verify receipt.json'],
});
addReceiptVerify(receipt, 'sallyport-device', async ({ data }) =>
  (await import('./commands/receipt.ts')).knownRoot(data),
);

const admin = subcommand(program, 'admin', {
  summary: 'Administrators of this device.',
  common: false,
  examples: ['sallyport-device admin list'],
});
subcommand(admin, 'add [name]', {
  summary: 'Add an administrator.',
  description:
    'Adds an administrator of the web interface; or, with --temporary, one whose password is made up and shown once, and ' +
    'who ends with the grant or after a time.',
  examples: [
    'sallyport-device admin add alice --password-file password.txt',
    'sallyport-device admin add --temporary',
    'sallyport-device admin add nightshift --temporary --for 8h',
  ],
})
  .option(
    '--password-file <file>',
    'Its first line is the password (12 characters at least); else it is asked for.',
  )
  .option('--temporary', 'Ends with the grant, unless --for says when.')
  .option('--for <duration>', 'With --temporary: how long, from 10s to 24h.', parseForOption)
  .action(async (name, flags) => (await import('./commands/people.ts')).runAdminAdd(name, flags));
subcommand(admin, 'remove <name>', {
  summary: 'Remove an administrator.',
  examples: ['sallyport-device admin remove alice'],
}).action(async (name, flags) => (await import('./commands/people.ts')).runAdminRemove(name, flags));
subcommand(admin, 'list', {
  summary: 'List the administrators.',
  examples: ['sallyport-device admin list --json'],
}).action(async (flags) => (await import('./commands/people.ts')).runAdminList(flags));

const recordings = subcommand(program, 'recordings', {
  summary: 'What terminals and commands showed. List, play, verify.',
  common: false,
  examples: ['sallyport-device recordings list', 'sallyport-device recordings verify --all'],
});
subcommand(recordings, 'list', {
  summary: 'List the recordings, the newest first.',
  description: 'Lists the recordings of this data folder, the newest first. Needs no running agent.',
  examples: ['sallyport-device recordings list --limit 20'],
})
  .option('--grant <grant>', 'Only those of this grant.')
  .option('--limit <count>', 'How many (50).', parseCount)
  .action(async (flags) => (await import('./commands/recordings.ts')).runRecordingsList(flags));
subcommand(recordings, 'play <recording>', {
  summary: 'Show a recording in this terminal.',
  description:
    'Shows a recording in this terminal, at its times: moving, colours and text, and nothing else that it would do to a ' +
    'terminal. RECORDING is what list shows, or a file.',
  examples: ['sallyport-device recordings play 00000042-… --speed 4'],
})
  .option('--speed <times>', 'So many times as fast (1).', parseTimes)
  .option('--idle <seconds>', 'No pause is longer (2).', parseSeconds)
  .action(async (recording, flags) =>
    (await import('./commands/recordings.ts')).runRecordingsPlay(recording, flags),
  );
subcommand(recordings, 'verify [recording]', {
  summary: 'Say whether a recording is as this device wrote it.',
  description:
    'Says whether a recording is intact, truncated or tampered with, and where. RECORDING is what list shows, or a file. ' +
    'Exit code 1 if one is not intact. What the relay noted of it (audit log, recording-head-1) proves more: give it by --noted.',
  examples: [
    'sallyport-device recordings verify --all',
    'sallyport-device recordings verify ./00000042-….cast --certificate device.pem --noted 18233:9f86d0…',
  ],
})
  .option('--all', 'All recordings of this data folder.')
  .option(
    '--certificate <file>',
    'The certificate of the device that made it, in PEM (one of this data folder).',
  )
  .option('--noted <bytes:sha256>', 'What was noted elsewhere; may be given more than once.', parseNoted)
  .action(async (recording, flags) =>
    (await import('./commands/recordings.ts')).runRecordingsVerify(recording, flags),
  );

void runProgram(program);
