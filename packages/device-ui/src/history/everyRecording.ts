/** As many as the device gives at once. */
const pageSize = 200;
/** Pages that are asked for at most: more recordings than a page of the history can have entries for. */
const mostPages = 25;

/** Which page: of `limit` recordings, those older than `before`. */
export type RecordingsPage = { readonly limit: number; readonly before?: string };

/**
 * All recordings that `ask` gives page by page, the newest first. Ends at 5,000 of them.
 *
 * @throws what `ask` throws
 */
export async function everyRecording<One extends { readonly id: string }>(
  ask: (page: RecordingsPage) => Promise<readonly One[]>,
): Promise<readonly One[]> {
  const all: One[] = [];
  for (let pages = 0; pages < mostPages; pages++) {
    const last = all.at(-1);
    const page = await ask({ limit: pageSize, ...(last ? { before: last.id } : {}) });
    all.push(...page);
    if (page.length < pageSize) break;
  }
  return all;
}
