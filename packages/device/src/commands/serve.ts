import { once } from 'node:events';
import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import type { Clock, Log } from '@sallyport/protocol/environment';
import { SallyportError } from '@sallyport/protocol/errors';
import { grantIdSchema } from '@sallyport/protocol/grant';
import { systemClock } from '@sallyport/runtime/clock';
import { interruptSignal, printJson, reportError } from '@sallyport/runtime/command';
import { createLog } from '@sallyport/runtime/log';
import { giveBackAtRest } from '@sallyport/runtime/memory';
import { systemRandom } from '@sallyport/runtime/random';
import type { SyslogSettings, SyslogStream } from '@sallyport/runtime/syslog';
import { Agent, type AgentConfig, readBootId } from '../agent/index.ts';
import { listenOnSocket, makeApi, makeSubject, mustBeAlone } from '../api/index.ts';
import { serveChannels } from '../channels/index.ts';
import type { IdentityStore } from '../identity/index.ts';
import { endLeftovers } from '../processes/index.ts';
import { mustBeRecipients, Recordings, recordingsDesk, recordingsFolder } from '../recordings/index.ts';
import { agentBusyMs, openState, type State } from '../state/index.ts';
import { keepWatchdog } from '../watchdog/index.ts';
import { formatAddress, type Listening, makeWebInterface, told, WebTrials } from '../web/index.ts';
import { loadAgentConfig } from './config.ts';
import { type CommandFlags, proxyFlag, say } from './flags.ts';
import { deviceFolder, identityOf } from './folder.ts';

export type ServeFlags = CommandFlags & {
  readonly web?: string;
  readonly webCertificate?: string;
  readonly webKey?: string;
  readonly webNames?: string;
  readonly runAs?: string;
  readonly maker?: string;
  readonly webTarget?: string;
  readonly fileRoots?: string;
  readonly outboundPort?: string;
  readonly relayPorts?: string;
  readonly proxy?: string;
  readonly logLevel?: string;
};

/** `serve`: the device agent, until SIGTERM or Ctrl-C. Its sessions end then; an open grant goes on with the next start. */
export async function runServe(flags: ServeFlags): Promise<void> {
  const stop = interruptSignal();
  const clock = systemClock();
  const folder = deviceFolder(flags.data, { create: true });
  const config = loadAgentConfig(folder.path, {
    ...flags,
    proxy: proxyFlag(flags.proxy),
    data: undefined,
    json: undefined,
  });
  await mustBeRecipients(config.recordings.recipients, 'config.yaml');
  const log = createLog({ name: 'sallyport-device', level: config.logLevel });
  // Before anything that belongs to a running agent is touched.
  await mustBeAlone(folder.path);
  const state = openState(folder.path, systemRandom, agentBusyMs);
  const bootId = readBootId(systemRandom);
  const identity = identityOf(folder, config.relayPorts);
  const recordingsIn = recordingsFolder(folder.file('recordings'));
  const recordings = new Recordings({
    folder: recordingsIn,
    identity,
    clock,
    bootId,
    moment: () => agent.moment(),
    policy: () => desk.policy(),
    recipients: config.recordings.recipients,
    grant: () => grantIdSchema.safeParse(agent.status().grant).data,
    log,
    audit: (event, fields) => subject.journal.write(event, fields),
  });
  const agent = new Agent({
    recordings,
    state,
    identity,
    config,
    clock,
    bootId,
    random: systemRandom,
    log,
    serve: (session, stream) =>
      serveChannels(session, stream, {
        runAs: config.runAs.kind === 'missing' ? { kind: 'same-user' } : config.runAs,
        fileRoots: config.fileRoots,
        forbidden: [folder.path, ...compiledCode()],
        web: { connect: (who, requested) => config.webTarget ?? web.connect(who, requested) },
        ownListeners: () => web.listeners(),
        recorder: recordings,
        clock,
        random: systemRandom,
        log,
      }),
  });
  const desk = recordingsDesk({
    folder: recordingsIn,
    identity,
    recordings,
    settings: state.settings,
    configured: config.recordings,
  });
  const subject = makeSubject({
    agent,
    state,
    recordings: desk,
    clock,
    bootId,
    random: systemRandom,
    log,
    network: config.networkManage ? { folder: folder.path } : undefined,
  });
  const web = makeWebInterface({
    ...subject,
    clock,
    random: systemRandom,
    log,
    sessionsUser: sessionsUserOf(config.runAs),
  });
  subject.tellAddress(() => {
    const found = web.listening();
    return found && { ...found, address: formatAddress(found) };
  });
  const api = makeApi({ ...subject, clock, log });
  await api.ready();
  const held = await endLeftovers();
  // Before anything listens: an address may be one that is set again.
  await subject.trials.start();
  const webTrials = new WebTrials({
    web,
    folder: folder.path,
    settings: state.settings,
    clock,
    random: systemRandom,
    log,
    configured: { web: config.web, files: config.webFiles, names: config.webNames },
    audit: (event, fields) => subject.journal.write(event, fields),
    changed: () => subject.events.changed('web-trial'),
  });
  subject.tellWeb(webTrials);
  const listener = await webTrials.start();
  const listening = listener && told(listener);
  await listenOnSocket(api.server, folder.path);
  const syslog = config.syslog && (await toSyslog(config.syslog, { folder: folder.path, state, clock, log }));
  agent.start();
  recordings.start();
  syslog?.start();
  const watchdog = keepWatchdog({ folder: folder.path, clock, log, leftMs: () => agent.leftMs() });
  agent.watch(() => watchdog.changed());
  log.info('agent-ready-1', { processes: held });
  tellIfNotEnrolled(identity);
  tellReady(flags, listening, subject.signIn.setUp.code);

  const stopGivingBack = giveBackAtRest(clock);
  if (!stop.aborted) await once(stop, 'abort');
  stopGivingBack();
  await agent.stop();
  recordings.stop();
  await recordings.idle();
  await syslog?.stop();
  watchdog.stop();
  webTrials.stop();
  await web.close();
  await api.close();
  subject.close();
  state.close();
}

/** The audit log on its way to a collector. */
async function toSyslog(
  settings: SyslogSettings,
  { folder, state, clock, log }: { folder: string; state: State; clock: Clock; log: Log },
): Promise<SyslogStream> {
  const { openSyslog } = await import('@sallyport/runtime/syslog');
  const source = {
    newest: async () => state.audit.head()?.seq ?? 0,
    after: async (seq: number, limit: number) => state.audit.next(seq, limit),
  };
  return openSyslog({ settings, folder, program: 'sallyport-device', clock, log, source });
}

/** Says what there is to be done first where nothing can be enabled: the device has no identity, or none that is whole. */
function tellIfNotEnrolled(identity: IdentityStore): void {
  try {
    identity.required();
  } catch (error) {
    if (!(error instanceof SallyportError)) throw error;
    process.stderr.write(reportError(error, { program: 'sallyport-device', json: false }).stderr);
  }
}

/** Says that it takes commands; where the web interface is, and how its first administrator is made. */
function tellReady(flags: ServeFlags, listening: Listening | undefined, code: string | undefined): void {
  const setUp = listening && code !== undefined ? `${listening.url}set-up#${code}` : undefined;
  if (flags.json) {
    printJson({
      ready: true,
      ...(listening ? { web: formatAddress(listening), url: listening.url } : {}),
      ...(listening?.fingerprint === undefined ? {} : { fingerprint: listening.fingerprint }),
      ...(setUp === undefined ? {} : { setUp }),
    });
    return;
  }
  if (listening) {
    say(`web interface: ${listening.url}`);
    if (listening.fingerprint !== undefined) {
      say(`its certificate, as browsers show it: SHA-256 ${listening.fingerprint}`);
    }
    if (setUp !== undefined) {
      say(
        `Nobody can sign in yet. Make the first administrator, by this address, which is good for this start:`,
      );
      say(`  ${setUp}`);
    }
  }
  say('ready');
}

/** The user of programs of sessions, where it is nobody else's: root's and the agent's own connections are people's, too. */
function sessionsUserOf(runAs: AgentConfig['runAs']): number | undefined {
  if (runAs.kind !== 'user' || runAs.uid === 0 || runAs.uid === process.getuid?.()) return undefined;
  return runAs.uid;
}

/** Where compiled code is kept (`runtime/src/compiled`): whoever writes there decides what the agent runs next. */
function compiledCode(): string[] {
  const folder = getCompileCacheDir();
  return folder === undefined ? [] : [dirname(folder)];
}
