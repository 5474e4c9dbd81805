import type { PortNumber, Scope } from '@sallyport/protocol/grant';
import type { AuditEvent, AuditFields } from '../state/index.ts';
import {
  type EndReason,
  type Failure,
  failureOf,
  failuresPerKey,
  failuresPerPassword,
  type Grant,
  type GrantState,
} from './grant.ts';
import { extend, type Span } from './span.ts';

/**
 * A grant, from Enable to its end. A line is `states --event--> what becomes of it`: another state, `same` (the state
 * stays, what it holds changes), `ignored` (on purpose), `refused` (the caller is told).
 *
 *   disabled, ended   --enable-->    waiting
 *   waiting, open     --enable-->    refused
 *   waiting           --opened-->    open
 *   open              --opened-->    same
 *   disabled, ended   --opened-->    ignored
 *   waiting, open     --started-->   same
 *   disabled, ended   --started-->   refused
 *   waiting, open     --failed-->    same
 *   disabled, ended   --failed-->    ignored
 *   waiting, open     --paired-->    same
 *   disabled, ended   --paired-->    refused
 *   waiting, open     --password-->  same
 *   disabled, ended   --password-->  refused
 *   waiting, open     --cut-->       same
 *   disabled, ended   --cut-->       refused
 *   waiting, open     --extend-->    same
 *   disabled, ended   --extend-->    refused
 *   waiting, open     --widen-->     same
 *   disabled, ended   --widen-->     refused
 *   waiting, open     --restarted--> same
 *   disabled, ended   --restarted--> ignored
 *   waiting, open     --elapsed-->   same
 *   disabled, ended   --elapsed-->   ignored
 *   waiting, open     --ran-out-->   ended
 *   disabled, ended   --ran-out-->   ignored
 *   waiting, open     --disable-->   ended
 *   disabled, ended   --disable-->   ignored
 */
export type GrantEvent =
  | { readonly type: 'enable'; readonly grant: Grant; readonly by: string }
  /** From the relay: the grant has this port number; `why` if it had another one before. */
  | { readonly type: 'opened'; readonly port: PortNumber; readonly why?: string | undefined }
  /** From a pairing: a run begins (written before `Tb` is sent), failed, or is done. */
  | { readonly type: 'started'; readonly who: Who }
  | { readonly type: 'failed'; readonly who: Who }
  | { readonly type: 'paired'; readonly who: Who; readonly certificateSha256: string; readonly at: number }
  /** From the administrator: a new OTP, a cut-off, another end, more for who asked for it, Disable. `by`: their name. */
  | { readonly type: 'password'; readonly by: string }
  /** `as`: a person who is in or was, or a key that may never have been. */
  | { readonly type: 'cut'; readonly who: Who; readonly as: 'person' | 'key'; readonly by: string }
  | { readonly type: 'extend'; readonly leftMs: number; readonly by: string }
  | ({ readonly type: 'widen'; readonly by: string } & Widening)
  | { readonly type: 'disable'; readonly by: string }
  /** From the clock: time went on; with nothing left it is `ran-out`. The agent started with this grant in its state. */
  | { readonly type: 'elapsed'; readonly span: Span }
  | { readonly type: 'restarted'; readonly span: Span };
/** More of a grant, for a representative who asked in a session. `leftMs` is left out where the end stays. */
export type Widening = {
  readonly who: Who;
  readonly session: string;
  readonly scopes: readonly Scope[];
  readonly leftMs: number | undefined;
};
export type Who = { readonly key: string; readonly representative: string };

export type GrantEffect =
  | { readonly do: 'make-otp' }
  | { readonly do: 'forget-otp' }
  | { readonly do: 'open-tunnel' }
  | { readonly do: 'tell-relay' }
  | { readonly do: 'close-tunnel'; readonly reason: EndReason }
  | { readonly do: 'end-sessions' }
  | { readonly do: 'end-sessions-of'; readonly key: string }
  | { readonly do: 'record'; readonly event: AuditEvent; readonly fields: AuditFields };

export type GrantStep = {
  readonly state: GrantState;
  readonly effects: readonly GrantEffect[];
  readonly refused?: 'already-enabled' | 'not-enabled' | 'otp-none' | 'otp-void';
};

export function step(state: GrantState, event: GrantEvent): GrantStep {
  if (state.at === 'disabled' || state.at === 'ended') return whenOff(state, event);
  switch (event.type) {
    case 'enable':
      return { state, effects: [], refused: 'already-enabled' };
    case 'opened':
      return opened(state, event);
    case 'started':
      return started(state, event.who);
    case 'failed':
      return failed(state, event.who);
    case 'paired':
      return paired(state, event);
    case 'password':
      return kept(state, { password: { at: 'live', failures: 0 } }, [
        { do: 'make-otp' },
        record('password-made-1', { grant: state.grant.id, by: event.by }),
      ]);
    case 'cut':
      return cut(state, event);
    case 'extend': {
      const span = extend(state.grant.span, event.leftMs);
      return kept(state, { span }, [
        { do: 'tell-relay' },
        record('grant-extended-1', { grant: state.grant.id, leftMs: Math.round(span.leftMs), by: event.by }),
      ]);
    }
    case 'widen':
      return widened(state, event);
    case 'disable':
      return ended(state.grant, 'disabled', event.by);
    case 'elapsed':
      return event.span.leftMs <= 0 ? ended(state.grant, 'expired') : kept(state, { span: event.span }, []);
    case 'restarted':
      return restarted(state, event.span);
  }
}

type Running = Extract<GrantState, { grant: Grant }>;

function whenOff(state: GrantState, event: GrantEvent): GrantStep {
  switch (event.type) {
    case 'enable': {
      const { grant } = event;
      const fields = {
        grant: grant.id,
        scopes: grant.scopes,
        approval: grant.approval,
        reference: grant.reference,
        leftMs: Math.round(grant.span.leftMs),
        by: event.by,
      };
      return {
        state: { at: 'waiting', grant },
        effects: [{ do: 'make-otp' }, { do: 'open-tunnel' }, record('grant-enabled-1', fields)],
      };
    }
    case 'opened':
    case 'failed':
    case 'elapsed':
    case 'restarted':
    case 'disable':
      return { state, effects: [] };
    case 'started':
    case 'paired':
    case 'password':
    case 'cut':
    case 'extend':
    case 'widen':
      return { state, effects: [], refused: 'not-enabled' };
  }
}

function opened(state: Running, event: { port: PortNumber; why?: string | undefined }): GrantStep {
  const { grant } = state;
  const next: GrantState = { at: 'open', grant, port: event.port };
  if (state.at === 'open' && state.port === event.port) return { state: next, effects: [] };
  if (state.at === 'open') {
    const fields = { grant: grant.id, from: state.port, to: event.port, why: event.why ?? 'forgotten' };
    return { state: next, effects: [record('grant-port-changed-1', fields)] };
  }
  return { state: next, effects: [record('grant-opened-1', { grant: grant.id, port: event.port })] };
}

/** Counts a run as a failure before it can tell whether the OTP was right: a crash in between cannot hide a guess. */
function started(state: Running, who: Who): GrantStep {
  const { grant } = state;
  const { password } = grant;
  if (password.at !== 'live') {
    return { state, effects: [], refused: password.at === 'void' ? 'otp-void' : 'otp-none' };
  }
  return kept(
    state,
    { password: { ...password, failures: password.failures + 1 }, failures: counted(grant, who, 1) },
    [record('pairing-started-1', { grant: grant.id, ...named(who) })],
  );
}

/** The run that `started` counted is over without a proof: what its count means becomes true now. */
function failed(state: Running, who: Who): GrantStep {
  const { grant } = state;
  const own = failureOf(grant, who.key);
  const effects: GrantEffect[] = [
    record('pairing-failed-1', { grant: grant.id, ...named(who), failures: own?.count ?? 0 }),
  ];
  const settled = settle(grant, effects);
  return kept(state, settled, effects);
}

function paired(state: Running, event: { who: Who; certificateSha256: string; at: number }): GrantStep {
  const { grant } = state;
  const { who, certificateSha256, at } = event;
  const pin = { ...who, certificateSha256, since: at };
  return kept(
    state,
    {
      pins: [...grant.pins.filter(({ key }) => key !== who.key), pin],
      password: { at: 'spent', failures: Math.max(0, grant.password.failures - 1) },
      failures: counted(grant, who, -1),
    },
    [{ do: 'forget-otp' }, record('representative-paired-1', { grant: grant.id, ...named(who) })],
  );
}

function cut(state: Running, event: Extract<GrantEvent, { type: 'cut' }>): GrantStep {
  const { grant } = state;
  const { who, as, by } = event;
  const before = failureOf(grant, who.key);
  const failure: Failure = { ...who, count: before?.count ?? 0, blocked: 'cut-off' };
  return kept(
    state,
    {
      pins: grant.pins.filter(({ key }) => key !== who.key),
      failures: [...grant.failures.filter(({ key }) => key !== who.key), failure],
    },
    [
      { do: 'end-sessions-of', key: who.key },
      record(as === 'key' ? 'key-blocked-1' : 'representative-cut-1', { grant: grant.id, ...named(who), by }),
    ],
  );
}

/** What is allowed becomes more, and the end later, never the other way round. */
function widened(state: Running, event: Extract<GrantEvent, { type: 'widen' }>): GrantStep {
  const { grant } = state;
  const { who, session, by } = event;
  const scopes = [...new Set([...grant.scopes, ...event.scopes])];
  const span = extend(grant.span, Math.max(event.leftMs ?? 0, grant.span.leftMs));
  const answered = { grant: grant.id, session, ...named(who), granted: true, scopes: event.scopes, by };
  const leftMs = event.leftMs === undefined ? {} : { leftMs: Math.round(span.leftMs) };
  return kept(state, { scopes, span }, [
    { do: 'tell-relay' },
    record('ask-answered-1', { ...answered, ...leftMs }),
  ]);
}

/** The digits died with the process: a live OTP is replaced, and keeps its count. Spent and void stay. */
function restarted(state: Running, span: Span): GrantStep {
  if (span.leftMs <= 0) return ended(state.grant, 'expired');
  const effects: GrantEffect[] = [];
  const settled = settle(state.grant, effects);
  const password = settled.password ?? state.grant.password;
  if (password.at === 'live') {
    effects.push({ do: 'make-otp' }, record('password-made-1', { grant: state.grant.id, by: 'restart' }));
  }
  return kept(state, { ...settled, span }, [...effects, { do: 'open-tunnel' }]);
}

function ended(grant: Grant, reason: EndReason, by?: string): GrantStep {
  return {
    state: { at: 'ended', grant: grant.id, reason },
    effects: [
      { do: 'end-sessions' },
      { do: 'close-tunnel', reason },
      { do: 'forget-otp' },
      record('grant-ended-1', { grant: grant.id, reason, ...(by === undefined ? {} : { by }) }),
    ],
  };
}

/** Blocks keys and voids the OTP where the counts say so. Adds what is to be done to `effects`. */
function settle(grant: Grant, effects: GrantEffect[]): Partial<Grant> {
  const failures = grant.failures.map((failure): Failure => {
    if (failure.count < failuresPerKey || failure.blocked !== undefined) return failure;
    effects.push(record('key-blocked-1', { grant: grant.id, ...named(failure) }));
    return { ...failure, blocked: 'failures' };
  });
  const { password } = grant;
  if (password.at !== 'live' || password.failures < failuresPerPassword) return { failures };
  effects.push({ do: 'forget-otp' }, record('password-void-1', { grant: grant.id }));
  return { failures, password: { ...password, at: 'void' } };
}

function counted(grant: Grant, who: Who, by: 1 | -1): readonly Failure[] {
  const before = failureOf(grant, who.key);
  const after: Failure = {
    ...who,
    count: Math.max(0, (before?.count ?? 0) + by),
    blocked: before?.blocked,
  };
  const others = grant.failures.filter(({ key }) => key !== who.key);
  return after.count === 0 && after.blocked === undefined ? others : [...others, after];
}

function kept(state: Running, change: Partial<Grant>, effects: readonly GrantEffect[]): GrantStep {
  return { state: { ...state, grant: { ...state.grant, ...change } }, effects };
}

/** A representative as the audit log and the log name them; a log hides what is called a key. */
const named = (who: Who): AuditFields => ({ representative: who.representative, keySha256: who.key });

function record(event: AuditEvent, fields: AuditFields): GrantEffect {
  return { do: 'record', event, fields };
}
