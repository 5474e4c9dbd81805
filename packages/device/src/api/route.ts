import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { Clock, Log } from '@sallyport/protocol/environment';
import { fail as protocolFail } from '@sallyport/protocol/errors';
import type { z } from 'zod';
import type { Agent } from '../agent/agent.ts';
import type { Journal } from '../agent/journal.ts';
import type { ConnectionTests } from '../connectionTest/index.ts';
import { fail } from '../errors/index.ts';
import type { NetworkTrials } from '../networkChange/index.ts';
import type { RecordingsDesk } from '../recordings/index.ts';
import type { SignIn, Visit } from '../signIn/index.ts';
import type { State } from '../state/index.ts';
import type { WebTrials } from '../web/trials.ts';
import type { EventStream } from './events.ts';

/** What the API works on. */
export type ApiSubject = {
  readonly agent: Agent;
  readonly state: State;
  readonly events: EventStream;
  readonly tests: ConnectionTests;
  readonly trials: NetworkTrials;
  readonly signIn: SignIn;
  readonly journal: Journal;
  readonly recordings: RecordingsDesk;
  readonly clock: Clock;
  readonly log: Log;
  /** Where the web interface listens; undefined for nowhere. */
  readonly webAddress: () => WebAddress | undefined;
  /** Changes of the web interface; undefined where it is not made to listen. */
  readonly webTrials: () => WebTrials | undefined;
  /** What people call the device, and who makes it. */
  readonly device: () => { readonly name: string; readonly maker?: string };
};

export type WebAddress = {
  readonly address: string;
  readonly url: string;
  readonly fingerprint: string | undefined;
  readonly supplied: boolean | undefined;
};

type Admission = {
  readonly path: `/v1/${string}`;
  readonly summary: string;
  /**
   * Refused to whoever comes through a session, whoever is signed in (design, section 4, step 9); and to temporary
   * administrators, whose password a representative may have, on whatever way they come.
   */
  readonly consent: boolean;
  /** Answered without a sign-in. */
  readonly open?: true;
};

/** One route: what it takes and gives, and who may use it. */
export type Route = Admission & {
  /** An event of its own tells in the audit log what was done, and who did it: the request is not told besides. */
  readonly told?: true;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Either of them is what `run` gets as its input. */
  readonly body?: z.ZodType;
  readonly query?: z.ZodType;
  readonly answer: z.ZodType;
  readonly run: (
    subject: ApiSubject,
    input: unknown,
    parameters: Record<string, string>,
    visit: Visit,
  ) => unknown;
};

/** One route that answers a GET with a file. */
export type FileRoute = Admission & {
  readonly query?: z.ZodType;
  /** Its media type, where `read` does not say another. */
  readonly type: string;
  readonly read: (
    subject: ApiSubject,
    parameters: Record<string, string>,
    visit: Visit,
    query: unknown,
  ) => Promise<{
    readonly stream: Readable;
    /** Its length, if that is known. */
    readonly bytes?: number;
    /** What browsers call it when they keep it; ASCII, without quotes. */
    readonly name: string;
    readonly type?: string;
  }>;
};

/** One route that answers with server-sent events, until either side has enough. */
export type StreamRoute = Admission & {
  /** Each event by its name: what its data is, in JSON. */
  readonly events: { readonly [name: string]: z.ZodType };
  /** Whatever it throws before the first byte is answered as an error. */
  readonly serve: (
    subject: ApiSubject,
    response: ServerResponse,
    parameters: Record<string, string>,
    visit: Visit,
  ) => void;
};

/** Keeps the type of the input between its schema and its function. */
export function route<B extends z.ZodType = z.ZodUndefined, A extends z.ZodType = z.ZodType>(
  definition: Omit<Route, 'body' | 'query' | 'answer' | 'run'> & {
    readonly body?: B;
    readonly query?: B;
    readonly answer: A;
    readonly run: (
      subject: ApiSubject,
      input: z.output<B>,
      parameters: Record<string, string>,
      visit: Visit,
    ) => z.input<A> | Promise<z.input<A>>;
  },
): Route {
  // The server calls `run` with what `body` or `query` has parsed, and with nothing else.
  return definition as unknown as Route;
}

/**
 * Whether this visitor may use this route now.
 *
 * @throws sign-in-needed, consent-read-only, consent-temporary
 */
export function admit(route: Admission, visit: Visit): void {
  if (route.consent && visit.session) throw fail('consent-read-only');
  if (route.open) return;
  const { account } = visit;
  if (!account || !visit.alive()) throw fail('sign-in-needed');
  if (route.consent && account.kind === 'representative') throw fail('consent-read-only');
  if (route.consent && account.kind === 'temporary') throw fail('consent-temporary');
}

/** Who is signed in: on an open route there may be nobody. @throws not-found */
export function accountOf({ account }: Visit): NonNullable<Visit['account']> {
  if (!account) throw protocolFail('not-found');
  return account;
}
