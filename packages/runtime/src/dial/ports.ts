/** The ports on which a relay is looked for, in this order (design, section 9). */
export const outboundPorts = [443, 22, 53, 2222, 1022] as const;

/** The same ports with the one that worked last in front. */
export function inOrder(ports: readonly number[], lastGood: number | undefined): readonly number[] {
  if (lastGood === undefined || !ports.includes(lastGood)) return ports;
  return [lastGood, ...ports.filter((port) => port !== lastGood)];
}
