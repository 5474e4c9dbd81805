import { fail } from '../errors/index.ts';
import {
  type AdviceCode,
  type AdviceRow,
  advices,
  type FindingRow,
  type PortStep,
  portSteps,
  type VerdictCode,
  verdicts,
} from './verdicts.ts';

/** What the code of a connection test says. */
export type ConnectionSummary = {
  readonly verdict: VerdictCode;
  /** One for each of the first five ports, in the order of the relay's; `not-tried` where there are fewer. */
  readonly ports: readonly PortStep[];
  /** The first three. */
  readonly advice: readonly AdviceCode[];
};

/** How many ports and pieces of advice the code has room for. */
export const portsInCode = 5;
export const adviceInCode = 3;

type Field = readonly [value: number, bits: number];
const field = (value: number, bits: number): Field => [value, bits];

/** Crockford's base32: no I, L, O, U. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * The outcome of a connection test in eight characters, to be read out on a telephone:
 *
 *   35 bits, the first first                                                     | 5 bits
 *   version 0 (1) | verdict (4) | five ports (3 each) | three advices (5 each)   | check
 *
 * The check is the sum of the seven digits, each times its own power of 2, in the field of 32 elements (x^5 + x^2 + 1):
 * one wrong character, or two that changed places, are always found.
 */
export function encodeConnection(summary: ConnectionSummary): string {
  const fields: Field[] = [
    [0, 1],
    [verdicts[summary.verdict].number, 4],
    ...fill(summary.ports, portsInCode, (step) => field(portSteps.indexOf(step), 3), field(0, 3)),
    ...fill(summary.advice, adviceInCode, (code) => field(advices[code].number, 5), field(0, 5)),
  ];
  const bits = fields.map(([value, width]) => value.toString(2).padStart(width, '0')).join('');
  const digits = Array.from({ length: 7 }, (_, index) =>
    Number.parseInt(bits.slice(index * 5, index * 5 + 5), 2),
  );
  const text = [...digits, checkOf(digits)].map((digit) => alphabet[digit]).join('');
  return `${text.slice(0, 4)}-${text.slice(4)}`;
}

/**
 * Reads what a person heard: case does not matter, O is 0, I and L are 1, spaces and dashes are passed over.
 *
 * @throws connection-code-malformed, connection-code-later
 */
export function decodeConnection(text: string): ConnectionSummary {
  const plain = text.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');
  const digits = [...plain.slice(0, 9)].map((character) => alphabet.indexOf(character));
  if (digits.length !== 8) throw malformed(`it has ${plain.length} characters, not 8`);
  if (digits.includes(-1)) throw malformed('it has a character that no such code has');
  const [check = 0] = digits.splice(7, 1);
  if (check !== checkOf(digits)) throw malformed('a character is wrong');

  const bits = digits.map((digit) => digit.toString(2).padStart(5, '0')).join('');
  let at = 0;
  const take = (width: number): number => {
    at += width;
    return Number.parseInt(bits.slice(at - width, at), 2);
  };
  if (take(1) !== 0) throw fail('connection-code-later');
  const verdict = rowOf<VerdictCode>(verdicts, take(4));
  const ports = Array.from({ length: portsInCode }, () => portSteps[take(3)] ?? 'not-tried');
  const numbers = Array.from({ length: adviceInCode }, () => take(5)).filter((number) => number !== 0);
  const advice = numbers.map((number) => rowOf<AdviceCode>(advices as Record<AdviceCode, AdviceRow>, number));
  return { verdict, ports, advice };
}

function fill<T, U>(values: readonly T[], count: number, map: (value: T) => U, empty: U): U[] {
  return Array.from({ length: count }, (_, index) => {
    const value = values[index];
    return value === undefined ? empty : map(value);
  });
}

function rowOf<C extends string>(table: { readonly [code in C]: FindingRow }, number: number): C {
  const found = (Object.entries(table) as [C, FindingRow][]).find(([, row]) => row.number === number);
  if (!found) throw fail('connection-code-later');
  return found[0];
}

const malformed = (reason: string): Error => fail('connection-code-malformed', { details: { reason } });

/** Twice a digit, in the field of 32 elements. */
const doubled = (digit: number): number => ((digit << 1) ^ (digit & 16 ? 0b100101 : 0)) & 31;

function checkOf(digits: readonly number[]): number {
  // Horner's rule, the last digit first: digit 0 is taken once, digit 1 twice, digit 2 four times …; then all doubled.
  return doubled(digits.reduceRight((sum, digit) => doubled(sum) ^ digit, 0));
}
