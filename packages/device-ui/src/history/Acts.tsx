import { Foreign } from '@sallyport/ui/text';
import type { ReactNode } from 'react';
import { useWords } from '../strings/index.ts';
import { EventSentence } from './EventSentence.tsx';
import type { Grant } from './grants.ts';
import classes from './history.module.css';

/** What the administrators did about a grant, in order. */
export function Acts({ acts }: Pick<Grant, 'acts'>): ReactNode {
  const { formats } = useWords();
  return (
    <ol className={classes['lines']}>
      {acts.map(({ seq, at, event, by, fields }) => (
        <li key={seq} className={classes['line']}>
          <time className={classes['time']} dateTime={at}>
            {formats.clock(at)}
          </time>
          <span>
            <EventSentence event={event} fields={fields} />
            {by !== undefined && (
              <span className={classes['by']}>
                {' '}
                · <Foreign text={by} most={128} />
              </span>
            )}
          </span>
        </li>
      ))}
    </ol>
  );
}
