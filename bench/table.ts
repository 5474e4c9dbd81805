/** The arithmetic of the bench, and its table. Pure. */

export type Unit = {
  readonly name: string;
  /** Digits after the point. */
  readonly digits: number;
};

export const megabytesPerSecond: Unit = { name: 'MB/s', digits: 0 };
export const milliseconds: Unit = { name: 'ms', digits: 2 };
export const seconds: Unit = { name: 's', digits: 2 };
export const megabytes: Unit = { name: 'MB', digits: 0 };
export const kilobytes: Unit = { name: 'KB', digits: 1 };
export const times: Unit = { name: '', digits: 0 };

/** A peer that was measured in the same run, in turn with Sallyport. */
export type Peer = { readonly name: string; readonly values: readonly number[] };

/** What is to be reached: by the ratio to a peer if one is named, else by the value itself. */
export type Goal = {
  readonly peer?: string;
  readonly atLeast?: number;
  readonly atMost?: number;
};

/** One thing that was measured. */
export type Line = {
  readonly what: string;
  readonly unit: Unit;
  /** One value for each repetition; the peers' are in the same order. */
  readonly ours: readonly number[];
  readonly peers?: readonly Peer[];
  readonly goals?: readonly Goal[];
  /** What one has to know to read it. */
  readonly note?: string;
};

export type Spread = { readonly median: number; readonly least: number; readonly most: number };

/** The middle value; of an even number the mean of the two in the middle. @throws if there is none */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which the part `at` of all values lies, between neighbours by their distance. @throws if there is none */
export function quantile(values: readonly number[], at: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  const place = (sorted.length - 1) * at;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) throw new Error('there is no value to take the middle of');
  return below + (above - below) * (place - Math.floor(place));
}

export function spreadOf(values: readonly number[]): Spread {
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}

/**
 * Ours by a peer's. Each repetition gives one ratio, of two runs that followed one another, so that what the machine did
 * meanwhile weighs on both; the median of these is the figure. @throws unless there are as many of both
 */
export function ratioOf(ours: readonly number[], peer: readonly number[]): Spread {
  if (ours.length !== peer.length) throw new Error('a ratio needs as many runs of the one as of the other');
  return spreadOf(ours.map((value, index) => value / (peer[index] ?? Number.NaN)));
}

/** The figure that a goal is about. @throws if its peer was not measured */
export function figureOf(line: Line, goal: Goal): Spread {
  if (goal.peer === undefined) return spreadOf(line.ours);
  const peer = line.peers?.find(({ name }) => name === goal.peer);
  if (!peer) throw new Error(`"${line.what}" has a goal beside ${goal.peer}, which was not measured`);
  return ratioOf(line.ours, peer.values);
}

export function isReached(line: Line, goal: Goal): boolean {
  const { median: figure } = figureOf(line, goal);
  return (
    figure >= (goal.atLeast ?? Number.NEGATIVE_INFINITY) &&
    figure <= (goal.atMost ?? Number.POSITIVE_INFINITY)
  );
}

const number = (value: number, digits: number): string => value.toFixed(digits);

function spreadText({ median: middle, least, most }: Spread, digits: number, unit = ''): string {
  const text = `${number(middle, digits)}${unit}`;
  return least === most ? text : `${text} (${number(least, digits)}–${number(most, digits)})`;
}

function goalText({ atLeast, atMost }: Goal, unit: string): string {
  const bounds = [
    ...(atLeast === undefined ? [] : [`≥ ${atLeast}${unit}`]),
    ...(atMost === undefined ? [] : [`≤ ${atMost}${unit}`]),
  ];
  return bounds.join(', ');
}

/** The cells of a line, one list for each goal and each peer without a goal: the first has what the others share. */
function cellsOf(line: Line): string[][] {
  const { name, digits } = line.unit;
  const unit = name === '' ? '' : ` ${name}`;
  const ours = spreadText(spreadOf(line.ours), digits, unit);
  const goals = line.goals ?? [];
  const idle = (line.peers ?? []).filter(({ name }) => !goals.some(({ peer }) => peer === name));
  const ofGoals = goals.map((goal) => {
    const verdict = isReached(line, goal) ? 'yes' : '**no**';
    const peer = line.peers?.find(({ name }) => name === goal.peer);
    if (!peer) return ['', '', goalText(goal, unit), verdict];
    const beside = `${peer.name} ${spreadText(spreadOf(peer.values), digits, unit)}`;
    return [beside, spreadText(figureOf(line, goal), 2), goalText(goal, ''), verdict];
  });
  const ofIdle = idle.map((peer) => [
    `${peer.name} ${spreadText(spreadOf(peer.values), digits, unit)}`,
    spreadText(ratioOf(line.ours, peer.values), 2),
    '',
    '',
  ]);
  const rest = [...ofGoals, ...ofIdle];
  if (rest.length === 0) rest.push(['', '', '', '']);
  const what = line.note === undefined ? line.what : `${line.what} (${line.note})`;
  return rest.map((cells, index) => (index === 0 ? [what, ours, ...cells] : ['', '', ...cells]));
}

const head = ['what', 'Sallyport', 'beside it', 'ratio', 'to reach', 'reached'];

/** A table in Markdown: the median of each, and the least and the most in brackets. */
export function formatTable(lines: readonly Line[]): string {
  const rows = [head, head.map(() => '---'), ...lines.flatMap(cellsOf)];
  return rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** How many goals were reached, of how many. */
export function countReached(lines: readonly Line[]): { readonly reached: number; readonly all: number } {
  const verdicts = lines.flatMap((line) => (line.goals ?? []).map((goal) => isReached(line, goal)));
  return { reached: verdicts.filter(Boolean).length, all: verdicts.length };
}
