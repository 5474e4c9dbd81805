import { makeProgram, parseForOption, parseList, parseSeconds, subcommand } from '@sallyport/runtime/command';
import { addReceiptVerify } from '@sallyport/runtime/receipt';
import { type Command, CommanderError } from 'commander';

const otpFile = [
  '--otp-file <file>',
  'Read the one-time password from this file instead of asking.',
] as const;
const passphraseFile = [
  '--passphrase-file <file>',
  'Read the new passphrase from this file, or - for standard input, instead of asking.',
] as const;
const wait = [
  '--wait <seconds>',
  'Try again for so long while the relay or the device cannot be reached.',
  parseSeconds,
] as const;
const port = ['<port>', 'The port number that the administrator reads to you: five digits.'] as const;
const ownFailures =
  'failures of sallyport itself are 251 failed, 252 wrong use, 253 refused, 254 unreachable.';

/** `exec 40123 ls -l`: the `-l` was meant for the device. */
function toldOfDashes(error: CommanderError): never {
  if (error.code !== 'commander.unknownOption') throw error;
  const hint = 'What is for the command on the device comes after --, as in: exec 40123 -- ls -l.';
  throw new CommanderError(error.exitCode, error.code, `${error.message.split('\n', 1)[0]}. ${hint}`);
}

/** The command line of `sallyport`. What a command needs is loaded when it runs. */
export function supportProgram(): Command {
  const program = makeProgram('sallyport', {
    summary: 'Helps a customer on their appliance, when the customer says so.',
    examples: ['sallyport login INVITE', 'sallyport grants', 'sallyport connect 40123'],
  });
  identityCommands(program);
  sessionCommands(program);
  sshCommands(program);
  receiptCommands(program);
  return program;
}

function identityCommands(program: Command): void {
  subcommand(program, 'login <invite>', {
    summary: 'Make a key on this computer, and have it certified by an invitation.',
    description:
      'Makes a key on this computer, and has it certified by an invitation from whoever runs the relay. Replaces an ' +
      'identity that is in the data folder: for a second relay use another one, with --data.',
    examples: ['sallyport login sp1r-…', 'sallyport login sp1r-… --passphrase'],
  })
    .option('--passphrase', 'Keep the key under a passphrase, which is asked for.')
    .option(...passphraseFile)
    .action(async (invite, options) => (await import('./login.ts')).login(invite, options));
  subcommand(program, 'passphrase', {
    summary: 'Put your key under a passphrase, or change it.',
    description:
      'Puts the key of this computer under a passphrase, or changes it. It is asked for once: then the keyring of the ' +
      'operating system keeps what opens the key. Without a keyring each command asks.',
    examples: ['sallyport passphrase', 'sallyport passphrase --remove', 'sallyport passphrase --lock'],
  })
    .option('--remove', 'Take the passphrase away.')
    .option('--lock', 'Have the keyring forget it: it is asked for again.')
    .option(...passphraseFile)
    .action(async (options) => (await import('./passphrase.ts')).passphrase(options));
  subcommand(program, 'whoami', {
    summary: 'Show who you are at the relay.',
    examples: ['sallyport whoami'],
  }).action(async (options) => (await import('./whoami.ts')).whoami(options));
  subcommand(program, 'grants', {
    summary: 'List the open grants.',
    description: 'Lists the open grants: on which devices Remote Support is enabled, until when, for what.',
    examples: ['sallyport grants', 'sallyport grants --json'],
  }).action(async (options) => (await import('./grants.ts')).grants(options));
  subcommand(program, 'decode <code>', {
    summary: 'Say what the code of a connection test means.',
    description:
      'Says what a code of eight characters means that an administrator read to you from a connection test: the verdict, ' +
      'how far each port leads, and advice. Asks nobody: a code is good without any connection, and before login.',
    examples: ['sallyport decode 0ZG0-F00H'],
  }).action(async (code, options) => (await import('./decode.ts')).decode(code, options));
}

function receiptCommands(program: Command): void {
  subcommand(program, 'report', {
    summary: 'What was done in a grant, on a page, by the receipts of both sides.',
    description:
      'Writes what was done in a grant: sessions, commands, files, connections, recordings, by the receipts that are kept ' +
      'here, each of which is checked. Asks nobody. PORT is its port number, or the id of the grant.',
    examples: [
      'sallyport report 40123 --out report.html',
      'sallyport report 40123 --out report.pdf --language de',
    ],
  })
    .argument('<port>', 'The port number of the grant, also of one that ended; or the id of the grant.')
    .option('--out <file>', 'Into this file, and not to standard output; its ending chooses the format.')
    .option('--format <format>', 'html, pdf (by Chromium, where there is one) or json (html).')
    .option('--language <language>', 'en or de (en).')
    .action(async (port, options) => (await import('./report.ts')).report(port, options));
  const receipt = subcommand(program, 'receipt', {
    summary: 'What both sides signed of a session. Verify.',
    common: false,
    examples: ['sallyport receipt verify receipt.json'],
  });
  addReceiptVerify(receipt, 'sallyport', async ({ data }) => (await import('./receipt.ts')).knownRoot(data));
}

function sessionCommands(program: Command): void {
  subcommand(program, 'pair', {
    summary: 'Prove the one-time password, once for each grant.',
    description:
      'Proves the one-time password to the device. It comes from --otp-file, from SALLYPORT_OTP, or is asked for.',
    examples: ['sallyport pair 40123'],
  })
    .argument(...port)
    .option(...otpFile)
    .option(...wait)
    .action(async (port, options) => (await import('./pair.ts')).pair(port, options));
  subcommand(program, 'ask', {
    summary: 'Ask the administrator for more: another scope, or more time.',
    description:
      'Asks the administrator for scopes that the grant does not have, or for more time, and waits up to ten minutes for ' +
      'the answer. What is granted counts at once, in sessions that are open too. Ctrl-C withdraws the question. Exit ' +
      'code 3 if it was refused, or nobody answered.',
    examples: [
      'sallyport ask 40123 --allow files:write --why "to replace the broken configuration"',
      'sallyport ask 40123 --for 2h --why "the disk check is still running"',
    ],
  })
    .argument(...port)
    .requiredOption('--why <text>', 'The reason, in a sentence: the administrator reads it.')
    .option(
      '--allow <scopes>',
      'terminal, files:read, files:write, web, tcp:HOST:PORT; with commas between.',
      parseList,
    )
    .option(
      '--for <duration>',
      'For how long the grant is to go on, from the answer on: from 10s to 24h.',
      parseForOption,
    )
    .option(...otpFile)
    .option(...wait)
    .action(async (port, options) => (await import('./ask.ts')).ask(port, options));
  subcommand(program, 'connect', {
    summary: 'Open a terminal on the device.',
    description: `Opens a terminal on the device. At the start of a line ~. ends, ~? helps. Ends with the shell's status; ${ownFailures}`,
    examples: ['sallyport connect 40123'],
    exitOffset: 250,
  })
    .argument(...port)
    .option(...otpFile)
    .option(...wait)
    .action(async (port, options) => (await import('./connect.ts')).connect(port, options));
  subcommand(program, 'exec', {
    summary: 'Run a command on the device.',
    description: `Runs a command on the device. One word is a line for the shell there; of several, each arrives as it is. Ends with the command's status; ${ownFailures}`,
    examples: [
      'sallyport exec 40123 -- uname -a',
      'sallyport exec 40123 -- tar c /etc > etc.tar',
      "sallyport exec 40123 -- 'df -h | sort'",
    ],
    exitOffset: 250,
  })
    .argument(...port)
    .argument('<command...>', 'What runs on the device, after --.')
    .exitOverride(toldOfDashes)
    .option('-t, --tty', 'Give the command a terminal.')
    .option(...otpFile)
    .option(...wait)
    .action(async (port, words, options) => (await import('./exec.ts')).exec(port, words, options));
  subcommand(program, 'cp <source> <target>', {
    summary: 'Copy files and folders to the device, or from it.',
    description:
      'Copies files, and folders with all that is in them. One of both is on the device: PORT:/path. A copy that was broken off goes on where it stopped when the same command is given again.',
    examples: ['sallyport cp 40123:/var/log/syslog .', 'sallyport cp firmware.bin 40123:/tmp/'],
  })
    .option(...otpFile)
    .option(...wait)
    .action(async (source, target, options) => (await import('./cp.ts')).cp(source, target, options));
  subcommand(program, 'forward', {
    summary: 'Reach a TCP port of the device or its network from this computer.',
    description:
      'Listens on loopback, for you alone, and joins each connection with [LOCAL:]HOST:PORT as the device sees it.',
    examples: ['sallyport forward 40123 127.0.0.1:5432', 'sallyport forward 40123 8080:192.168.1.9:80'],
  })
    .argument(...port)
    .argument(
      '<target>',
      '[LOCAL:]HOST:PORT. LOCAL is a port of this computer; without it, a free one is taken.',
    )
    .option(...otpFile)
    .option(...wait)
    .action(async (port, target, options) => (await import('./forward.ts')).forward(port, target, options));
  subcommand(program, 'web', {
    summary: "Show the device's own web interface to a browser of this computer.",
    description:
      "Prints an address at which a browser of this computer shows the device's own web interface, until Ctrl-C. The " +
      'address works once: for another browser run it again.',
    examples: ['sallyport web 40123'],
  })
    .argument(...port)
    .option(...otpFile)
    .option(...wait)
    .action(async (port, options) => (await import('./web.ts')).web(port, options));
}

function sshCommands(program: Command): void {
  subcommand(program, 'proxy', {
    summary: "Carry SSH on standard input and output, for ssh's ProxyCommand.",
    examples: ['ssh -o ProxyCommand="sallyport proxy %h" 40123.sallyport'],
  })
    .argument(...port)
    .option(...otpFile)
    .option(...wait)
    .action(async (port, options) => (await import('./proxy.ts')).proxy(port, options));
  subcommand(program, 'ssh-config', {
    summary: 'Print what ~/.ssh/config includes, for ssh, scp, sftp, rsync, git and Ansible.',
    description:
      'Prints settings by which ssh, scp, sftp, rsync, git and Ansible reach PORT.sallyport. Keep them in a file, and ' +
      'put `Include FILE` at the top of ~/.ssh/config; or name the file by -F.',
    examples: [
      'sallyport ssh-config > ~/.ssh/sallyport.config',
      'ssh -F ~/.ssh/sallyport.config 40123.sallyport',
    ],
  }).action(async (options) => (await import('./sshConfig.ts')).sshConfig(options));
}
