import { hostname } from 'node:os';
import type { Clock, Log, Random } from '@sallyport/protocol/environment';
import { grantIdSchema } from '@sallyport/protocol/grant';
import type { Agent } from '../agent/agent.ts';
import { Journal } from '../agent/journal.ts';
import { ConnectionTests } from '../connectionTest/index.ts';
import { NetworkTrials } from '../networkChange/index.ts';
import type { RecordingsDesk } from '../recordings/index.ts';
import { SignIn } from '../signIn/index.ts';
import type { State } from '../state/index.ts';
import type { WebTrials } from '../web/trials.ts';
import { EventStream } from './events.ts';
import type { ApiSubject, WebAddress } from './route.ts';

/** How often sign-ins and accounts are looked at that may be over, in milliseconds. */
const sweepMs = 5_000;

export type Subject = ApiSubject & {
  /** Lets the settings tell where the web interface listens. */
  tellAddress(ask: () => WebAddress | undefined): void;
  /** Lets administrators change address and certificate of the web interface. */
  tellWeb(trials: WebTrials): void;
  /** Takes its last look, writes what waits, ends the streams. */
  close(): void;
};

/** What the API works on, made of an agent and its state: the same for the socket and for the web interface. */
export function makeSubject(options: {
  readonly agent: Agent;
  readonly state: State;
  readonly recordings: RecordingsDesk;
  readonly clock: Clock;
  readonly bootId: string;
  readonly random: Random;
  readonly log: Log;
  /** Where a change of the network is kept until it is confirmed, if it may be changed. */
  readonly network?: { readonly folder: string } | undefined;
}): Subject {
  const { network, agent, state, recordings, clock, bootId, random, log } = options;
  const journal = new Journal({ audit: state.audit, transaction: state.transaction, clock, log });
  const device = (): ReturnType<ApiSubject['device']> => {
    const { maker } = agent;
    return { name: hostname(), ...(maker === undefined ? {} : { maker }) };
  };
  const signIn = new SignIn({
    state,
    now: () => ({ bootId, bootMs: clock.bootMs(), wallMs: clock.wallMs() }),
    relayTime: () => agent.rightTime,
    random,
    device: () => device().name,
    grant() {
      const { grant, endsAt } = agent.status();
      return grant === undefined || endsAt === undefined
        ? undefined
        : { id: grantIdSchema.parse(grant), endsAt: Date.parse(endsAt) };
    },
    audit: (event, fields) => journal.write(event, fields),
  });
  const spoil = (): void => {
    if (agent.leftMs() !== undefined) signIn.setUp.spoil();
  };
  spoil();
  const unwatch = agent.watch(spoil);
  const tests = new ConnectionTests({
    agent,
    state,
    random,
    log,
    changed: () => events.changed('connection-test'),
  });
  const trials = new NetworkTrials({
    folder: network?.folder ?? '',
    allowed: network !== undefined,
    settings: state.settings,
    clock,
    bootId,
    random,
    log,
    audit: (event, fields) => journal.write(event, fields),
    changed: () => events.changed('network-trial'),
  });
  const events = new EventStream(agent, clock, {
    'connection-test': () => tests.newest(),
    'network-trial': () => trials.view(),
    'web-trial': () => webTrials?.view() ?? null,
  });
  const sweep = (): void => {
    try {
      signIn.sweep();
    } catch (error) {
      log.error('sign-ins-not-swept-1', { error });
    }
    timer = clock.after(sweepMs, sweep);
  };
  let timer = clock.after(sweepMs, sweep);
  let webAddress: () => WebAddress | undefined = () => undefined;
  let webTrials: WebTrials | undefined;
  return {
    agent,
    state,
    events,
    tests,
    trials,
    signIn,
    journal,
    recordings,
    clock,
    log,
    device,
    webAddress: () => webAddress(),
    webTrials: () => webTrials,
    tellAddress(ask) {
      webAddress = ask;
    },
    tellWeb(made) {
      webTrials = made;
    },
    close() {
      timer.cancel();
      unwatch();
      tests.close();
      trials.stop();
      events.close();
      journal.flush();
    },
  };
}
