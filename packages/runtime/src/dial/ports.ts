/** The same ports with the one that worked last in front. */
export function inOrder(ports: readonly number[], lastGood: number | undefined): readonly number[] {
  if (lastGood === undefined || !ports.includes(lastGood)) return ports;
  return [lastGood, ...ports.filter((port) => port !== lastGood)];
}
