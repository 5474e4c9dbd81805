import type { Cast } from './cast.ts';

/** The text of a recording as a person read it, and when each part of it was shown. */
export type Shown = {
  readonly text: string;
  /** Where in the text an event begins, and its time in seconds from the start; both only go up. */
  readonly marks: readonly { readonly from: number; readonly at: number }[];
};

/** One place where the words are: its time, in seconds from the start, and the line around it. */
export type Hit = {
  /** Where in the text it begins. */
  readonly place: number;
  readonly at: number;
  readonly before: string;
  readonly words: string;
  readonly after: string;
};

const hitCap = 100;
const around = 60;

/**
 * What a terminal does not show as text: OSC, DCS and the like with all that they carry; CSI; other sequences; and what is
 * left of the controls. One that carries text ends as in a terminal: also at CAN, SUB, or where the next one begins, so
 * that nothing that was shown hides in it. Each is read once, without ways back: a program may print one of megabytes.
 */
const sequences =
  /(?:\x1b\]|\x9d)[^\x07\x18\x1a\x1b\x9c]*|(?:\x1b[P^_X]|[\x90\x98\x9e\x9f])[^\x18\x1a\x1b\x9c]*|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?|\x1b[ -/]*[0-~]?|[\x00-\x09\x0b-\x1f\x7f-\x9f]/g;

/** @param longestPause in seconds: longer ones are counted as long as this, as the player does */
export function shownIn({ events }: Cast, longestPause = Number.POSITIVE_INFINITY): Shown {
  let raw = '';
  let at = 0;
  const begins: { from: number; at: number }[] = [];
  for (const [seconds, code, data] of events) {
    at += Math.min(seconds, longestPause);
    if (code !== 'o') continue;
    begins.push({ from: raw.length, at });
    raw += data;
  }
  // Taken out of the whole: a sequence may begin in one event and end in another.
  let text = '';
  let next = 0;
  let read = 0;
  const marks: { from: number; at: number }[] = [];
  const take = (to: number): void => {
    for (let begin = begins[next]; begin && begin.from < to; begin = begins[next]) {
      marks.push({ from: text.length + Math.max(0, begin.from - read), at: begin.at });
      next += 1;
    }
    text += raw.slice(read, to);
  };
  for (const found of raw.matchAll(sequences)) {
    take(found.index);
    read = found.index + found[0].length;
  }
  take(raw.length);
  return { text, marks };
}

/** Where the words are, whatever their case: the first hundred places. */
export function search({ text, marks }: Shown, words: string): Hit[] {
  const wanted = lowered(words.trim());
  if (wanted === '') return [];
  const where = lowered(text);
  const hits: Hit[] = [];
  for (let from = where.indexOf(wanted); from >= 0 && hits.length < hitCap; ) {
    const to = from + wanted.length;
    hits.push({
      place: from,
      at: timeOf(marks, from),
      before: lastLine(text.slice(Math.max(0, from - around), from)),
      words: text.slice(from, to),
      after: text.slice(to, to + around).split('\n', 1)[0] ?? '',
    });
    from = where.indexOf(wanted, to);
  }
  return hits;
}

/** As long as before: the one letter that is longer in lower case would move all places behind it. */
const lowered = (text: string): string => text.replaceAll('\u0130', 'i').toLowerCase();

const lastLine = (text: string): string => text.slice(text.lastIndexOf('\n') + 1);

/** The time of the last mark that begins there or before. */
function timeOf(marks: Shown['marks'], place: number): number {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((marks[middle]?.from ?? 0) <= place) low = middle + 1;
    else high = middle;
  }
  return marks[low - 1]?.at ?? 0;
}
