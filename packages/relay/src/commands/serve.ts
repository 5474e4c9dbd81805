import type { Clock, Log } from '@sallyport/protocol/environment';
import { systemClock } from '@sallyport/runtime/clock';
import { parseList, printJson, subcommand, version } from '@sallyport/runtime/command';
import { makePrivateFolder, writePrivateFile } from '@sallyport/runtime/folder';
import { createLog } from '@sallyport/runtime/log';
import { giveBackAtRest } from '@sallyport/runtime/memory';
import { systemRandom } from '@sallyport/runtime/random';
import type { Command } from 'commander';
import { fail } from '../errors/index.ts';
import { drainMs } from '../limits.ts';
import { endedBySignal, formatListen, parseListen, startRelay } from '../serve/index.ts';
import { openStore, type StorePlace } from '../store/index.ts';
import type { RelayConfig } from './config.ts';
import { type CommonOptions, findRelay, storePlace } from './open.ts';

type Options = CommonOptions & {
  readonly listen?: readonly string[];
  readonly node?: string;
  readonly drain?: string;
  readonly logLevel?: string;
};

export function addServe(program: Command): void {
  subcommand(program, 'serve', {
    summary: 'Run the relay.',
    description:
      'Run the relay until SIGTERM or Ctrl-C. It prints "ready" when it takes connections, and logs to standard error. ' +
      'SIGTERM refuses new sessions, tells devices to come back, and waits for the sessions that are live; a second one ends at once.',
    examples: [
      'sallyport-relay serve --data R',
      'sallyport-relay serve --listen 0.0.0.0:443,0.0.0.0:22 --node a --database-url postgresql://sallyport@db/sallyport',
    ],
  })
    .option('--listen <addresses>', 'Addresses to listen on, instead of those of config.yaml.', parseList)
    .option('--node <name>', "This node's name, one label before the relay's, if there are several nodes.")
    .option('--database-url <url>', 'PostgreSQL instead of SQLite.')
    .option('--drain <seconds>', `How long live sessions may go on after SIGTERM (${drainMs / 1_000}).`)
    .option('--log-level <level>', 'debug, info, warn, error or silent (info).')
    .action(serve);
}

async function serve(options: Options): Promise<void> {
  const { listen, node, databaseUrl, drain, logLevel } = options;
  const { folder, config } = findRelay(options, { listen, node, databaseUrl, drain, logLevel });
  if (!config.listen) {
    const reason = 'config.yaml names none';
    throw fail('argument-invalid', { details: { what: '--listen', reason } });
  }
  // A folder that was copied for another node has none.
  makePrivateFolder(folder.file('nodes'));
  const log = createLog({ name: 'sallyport-relay', level: config.logLevel });
  const clock = systemClock();
  const syslog = await toSyslog(folder.path, config, { place: storePlace(folder, config), clock, log });
  const relay = await startRelay({
    folder: folder.path,
    relayHost: config.name,
    node: config.node,
    listen: config.listen.map(parseListen),
    place: storePlace(folder, config),
    version,
    clock,
    random: systemRandom,
    log,
    write: writePrivateFile,
  });
  // Before "ready" is said: whoever reads it may send a signal at once.
  const ended = endedBySignal(relay, { drainMs: config.drain * 1_000, signals: process });
  const addresses = relay.addresses.map(formatListen);
  log.info('node-ready-1', { host: relay.host, listen: addresses });
  if (options.json) printJson({ ready: true, listen: addresses });
  else process.stdout.write('ready\n');
  const stopGivingBack = giveBackAtRest(clock);
  await ended;
  stopGivingBack();
  await syslog?.stop();
}

/** Sends the audit log to a collector too, by a connection to the database of its own. */
async function toSyslog(
  folder: string,
  { syslog: settings }: RelayConfig,
  { place, clock, log }: { readonly place: StorePlace; readonly clock: Clock; readonly log: Log },
): Promise<{ stop(): Promise<void> } | undefined> {
  if (!settings) return undefined;
  const { openSyslog } = await import('@sallyport/runtime/syslog');
  const { syslogSource } = await import('../audit/index.ts');
  const store = await openStore(place);
  const stream = openSyslog({
    settings,
    folder,
    program: 'sallyport-relay',
    clock,
    log,
    source: syslogSource(store),
  });
  stream.start();
  return {
    async stop() {
      await stream.stop();
      await store.close();
    },
  };
}
