import type { Status } from '../api/client.ts';

type Refusal = Status['refusals'][number];

/** A key that was not let in: why, and whether it is kept out. */
export type KeptOut = Pick<Refusal, 'representative' | 'key' | 'keyWords'> & {
  readonly wrongPasswords: number;
  readonly blocked: 'no' | 'by-failures' | 'by-a-person';
  /** Other reasons than a wrong password, the newest first. */
  readonly reasons: readonly Pick<Refusal, 'code' | 'text' | 'when' | 'count'>[];
};

/** What a wrong password is called among the refusals; failures count these besides, also over a restart. */
const wrongPassword = 'otp-wrong';

/** Keys that failed or were refused, one entry for each; those that nobody has blocked yet first. */
export function keptOut({ failures, refusals }: Pick<Status, 'failures' | 'refusals'>): KeptOut[] {
  const all = new Map<string, KeptOut>();
  for (const { representative, key, keyWords, count, blocked } of failures) {
    const by = blocked === undefined ? 'no' : blocked === 'failures' ? 'by-failures' : 'by-a-person';
    all.set(key, { representative, key, keyWords, wrongPasswords: count, blocked: by, reasons: [] });
  }
  for (const { representative, key, keyWords, blocked, code, text, when, count } of refusals) {
    const known = all.get(key) ?? {
      representative,
      key,
      keyWords,
      wrongPasswords: code === wrongPassword ? count : 0,
      blocked: blocked ? ('by-a-person' as const) : ('no' as const),
      reasons: [],
    };
    const reasons = code === wrongPassword ? known.reasons : [...known.reasons, { code, text, when, count }];
    all.set(key, { ...known, reasons });
  }
  return [...all.values()].sort(
    (one, other) => Number(one.blocked !== 'no') - Number(other.blocked !== 'no'),
  );
}
