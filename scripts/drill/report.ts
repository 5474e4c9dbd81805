import { type Attempt, GotIn, type Result } from './attempt.ts';

/** An attempt that hangs is no attempt. In milliseconds. */
const attemptMs = 45_000;

/** How an attempt ended. `failed`: it could not be tried, or nothing honest got in by the same way. */
export type Verdict = 'kept out' | 'got in' | 'failed';
export type Line = Partial<Result> & {
  readonly number: number;
  readonly title: string;
  readonly tried: string;
  readonly verdict: Verdict;
  readonly ms: number;
};

/** Makes one attempt. @param check what has to hold after every attempt, whatever it says of itself; throws GotIn */
export async function make(attempt: Attempt, number: number, check: () => Promise<void>): Promise<Line> {
  const { title, tried } = attempt;
  const started = performance.now();
  const lineOf = (verdict: Verdict, result: Partial<Result>): Line => {
    const ms = Math.round(performance.now() - started);
    return { number, title, tried, verdict, ms, ...result };
  };
  try {
    const result = await within(attempt.act(), attemptMs);
    await check();
    return lineOf('kept out', result);
  } catch (error) {
    const outcome = error instanceof Error ? error.message : JSON.stringify(error);
    const inside =
      error instanceof GotIn ||
      (await check().then(
        () => false,
        (found) => found instanceof GotIn,
      ));
    return lineOf(inside ? 'got in' : 'failed', { outcome });
  }
}

/** Whether the drill was held and nobody got in: an attempt that could not be made proves nothing. */
export const allKeptOut = (lines: readonly Pick<Line, 'verdict'>[]): boolean =>
  lines.length > 0 && lines.every(({ verdict }) => verdict === 'kept out');

const marks: { readonly [verdict in Verdict]: string } = {
  'kept out': '✔',
  'got in': '✖ GOT IN',
  failed: '✖ NOT TRIED',
};

/** An attempt as one line for people. */
export function format({ number, title, tried, verdict, outcome, seen, honest }: Line): string {
  const parts = [
    `${marks[verdict]} ${String(number).padStart(2)}  ${title}: ${tried}`,
    ` → ${outcome}`,
    ...(seen === undefined ? [] : [` | seen: ${seen}`]),
    ...(honest === undefined ? [] : [` | honest: ${honest}`]),
  ];
  return parts.join('').replaceAll(/\s+/g, ' ');
}

async function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it did not end within ${ms / 1_000} s`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
