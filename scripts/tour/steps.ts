/** Plays steps one after another; each says what it proved and how long it took. */
export type Play = (title: string, act: () => Promise<string>) => Promise<void>;

export class StepFailed extends Error {}

/** @throws StepFailed at the first step whose `act` throws, after saying so */
export function player(say: (line: string) => void): { play: Play; count: () => number } {
  let count = 0;
  const play: Play = async (title, act) => {
    const started = performance.now();
    const seconds = (): string => `${((performance.now() - started) / 1000).toFixed(1)} s`;
    try {
      const proof = await act();
      count += 1;
      say(`✔ ${String(count).padStart(2)}  ${title} (${seconds()})\n      ${proof}`);
    } catch (error) {
      say(`✖     ${title} (${seconds()})\n      ${error instanceof Error ? error.message : String(error)}`);
      throw new StepFailed(title);
    }
  };
  return { play, count: () => count };
}

/** Holds a claim. @throws with `otherwise` as its message if it is not true */
export function prove(claim: boolean, otherwise: string): void {
  if (!claim) throw new Error(otherwise);
}
