import type { Status } from '../api/client.ts';

/** Something that waits for an answer of a person. */
export type OpenQuestion = {
  readonly id: string;
  readonly kind: 'enter' | 'more';
  readonly representative: string;
};

/** All that waits for an answer: who wants to get in first, since they have two minutes. */
export const questionsOf = ({ waiting, asks }: Pick<Status, 'waiting' | 'asks'>): OpenQuestion[] => [
  ...waiting.map(({ id, representative }) => ({ id, kind: 'enter' as const, representative })),
  ...asks.map(({ id, representative }) => ({ id, kind: 'more' as const, representative })),
];
