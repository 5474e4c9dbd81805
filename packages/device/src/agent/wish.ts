import type { Random } from '@sallyport/protocol/environment';
import { longestGrantMs, makeGrantId, type Scope, shortestGrantMs } from '@sallyport/protocol/grant';
import { fail } from '../errors/index.ts';
import { beginSpan, type Grant, type Moment, mustFit, type Who } from '../grant/index.ts';
import { type AgentConfig, needsRunAs } from './config.ts';
import { makeHostKey } from './hostKey.ts';

/** What an administrator wants when they press Enable. */
export type EnableWish = {
  readonly durationMs: number;
  readonly scopes: readonly Scope[];
  readonly approval: boolean;
  readonly reference: string | undefined;
};

/**
 * The grant that fulfils a wish, if this device can.
 *
 * @throws duration-malformed, scopes-too-long, run-as-missing
 */
export function grantFor(
  wish: EnableWish,
  options: { readonly runAs: AgentConfig['runAs']; readonly now: Moment; readonly random: Random },
): Grant {
  const { runAs, now, random } = options;
  mustBeDuration(wish.durationMs);
  mustFit(wish.scopes);
  if (runAs.kind === 'missing' && wish.scopes.some(needsRunAs)) {
    throw fail('run-as-missing', { details: { reason: runAs.reason } });
  }
  return {
    id: makeGrantId(random),
    scopes: wish.scopes,
    approval: wish.approval,
    reference: wish.reference,
    hostKey: makeHostKey(),
    password: { at: 'live', failures: 0 },
    pins: [],
    failures: [],
    enabledAt: now.wallMs,
    span: beginSpan(now, wish.durationMs),
  };
}

/** @throws duration-malformed */
export function mustBeDuration(ms: number): void {
  if (ms >= shortestGrantMs && ms <= longestGrantMs) return;
  throw fail('duration-malformed', { details: { duration: `${ms / 1_000}s` } });
}

/**
 * The keys that an administrator means by a representative's name, or by the first eight or more digits of a key.
 *
 * @throws representative-unknown
 */
export function meantBy(who: string, known: readonly Who[]): readonly Who[] {
  const meant = new Map<string, Who>();
  for (const { key, representative } of known) {
    if (representative === who || (who.length >= 8 && key.startsWith(who))) {
      meant.set(key, { key, representative });
    }
  }
  if (meant.size === 0) throw fail('representative-unknown');
  return [...meant.values()];
}
