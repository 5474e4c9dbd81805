import { fail } from '../errors/index.ts';
import { mustBePassword } from '../state/index.ts';

/** Guesses that a good attacker needs at least, as a power of ten. What the library finds in its lists needs fewer. */
const leastGuesses = 9;
/** Longer ones are judged by their beginning: the library's time grows with the square of the length. */
const judgedLength = 64;

type Judge = (password: string, about: string[]) => number;
let judge: Promise<Judge> | undefined;

/** The lists take about 25 MB of memory: they are loaded when a password is chosen, which is rare. */
async function loadJudge(): Promise<Judge> {
  const [{ ZxcvbnFactory }, common] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
  ]);
  const zxcvbn = new ZxcvbnFactory({ dictionary: common.dictionary, graphs: common.adjacencyGraphs });
  return (password, about) => zxcvbn.check(password, about).guessesLog10;
}

/**
 * Refuses what is short, and what is in the lists that attackers try first: common passwords and their variations,
 * runs on the keyboard, repetitions, the own name.
 *
 * @throws password-too-short, password-common
 */
export async function mustBeGoodPassword(password: string, name: string): Promise<void> {
  mustBePassword(password);
  judge ??= loadJudge();
  const guesses = (await judge)(password.slice(0, judgedLength), [name, 'sallyport']);
  if (guesses < leastGuesses) throw fail('password-common');
}
