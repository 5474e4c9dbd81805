/** Turns of the event loop that count as "everything that was due has run", for what happens in memory. */
const turnsThatSettle = 8;

/** Lets everything run that is due now, without time passing: microtasks, ticks, immediates and what they cause. */
export async function settle(turns = turnsThatSettle): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
