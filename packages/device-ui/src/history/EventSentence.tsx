import { Foreign } from '@sallyport/ui/text';
import type { ReactNode } from 'react';
import { useWords } from '../strings/index.ts';
import { piecesOf } from './sentence.ts';

export type EventSentenceProps = {
  readonly event: string;
  readonly fields: { readonly [name: string]: unknown };
};

/** An event of the audit log in words. */
export function EventSentence({ event, fields }: EventSentenceProps): ReactNode {
  const { strings } = useWords();
  const sentences: { readonly [event: string]: string } = strings.history.events;
  return piecesOf(sentences[event] ?? event, fields, strings.history.values).map((piece, index) =>
    'own' in piece ? (
      piece.own
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: a sentence that never changes
      <Foreign key={index} text={piece.foreign} />
    ),
  );
}
