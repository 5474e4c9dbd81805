import { Foreign } from '@sallyport/ui/text';
import type { ReactNode } from 'react';
import { useWords } from '../strings/index.ts';
import { EventSentence } from './EventSentence.tsx';
import type { Grant } from './grants.ts';
import classes from './history.module.css';

/** Who was not let in, when, and why. */
export function PastRefusals({ refusals }: Pick<Grant, 'refusals'>): ReactNode {
  const { strings, formats } = useWords();
  const reasons: { readonly [code: string]: string } = strings.support.refusals.reasons;
  return (
    <ol className={classes['lines']}>
      {refusals.map(({ seq, at, event, representative, code }) => (
        <li key={seq} className={classes['line']}>
          <time className={classes['time']} dateTime={at}>
            {formats.clock(at)}
          </time>
          <span>
            <EventSentence event={event} fields={{ representative, code }} />
            {code !== undefined && (
              <span className={classes['by']}>
                {' '}
                <Foreign text={reasons[code] ?? code} />
              </span>
            )}
          </span>
        </li>
      ))}
    </ol>
  );
}
