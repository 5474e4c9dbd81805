/** `runAs` as `config.yaml` and the command line spell it: `run-as`. */
export function fileKey(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `runAs` as an environment variable: `SALLYPORT_RUN_AS`. */
export function environmentName(key: string): string {
  return `SALLYPORT_${fileKey(key).replaceAll('-', '_').toUpperCase()}`;
}

/** Of the settings there are, the one spelt most like `key`, and how many letters differ. */
export function neighbourOf(key: string, known: readonly string[]): { name: string; steps: number } {
  let nearest = { name: '', steps: Number.POSITIVE_INFINITY };
  for (const name of known) {
    const steps = editDistance(key, name);
    if (steps < nearest.steps) nearest = { name, steps };
  }
  return nearest;
}

/** Letters to insert, remove or replace (Levenshtein). Keys are short: the caller cuts them. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [line, letter] of [...from].entries()) {
    const next = [line + 1];
    for (const [column, other] of [...to].entries()) {
      const replace = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replace, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
