import { Foreign } from '@sallyport/ui/text';
import {
  IconChevronDown,
  IconDeviceDesktop,
  IconHeadset,
  IconShieldCheck,
  IconUserCog,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useWords } from '../strings/index.ts';
import type { Entry } from './audit.ts';
import { EventSentence } from './EventSentence.tsx';
import classes from './history.module.css';
import { kindOf } from './sentence.ts';

const icons = {
  people: IconHeadset,
  grant: IconShieldCheck,
  administrators: IconUserCog,
  device: IconDeviceDesktop,
} as const;

/** One entry: a sentence, and everything that was written with it. */
export function EntryLine({ entry }: { readonly entry: Entry }): ReactNode {
  const { formats } = useWords();
  const { seq, at, event, fields, hash } = entry;
  const Icon = icons[kindOf(event)];
  return (
    <li>
      <details>
        <summary className={classes['entry']}>
          <time className={classes['time']} dateTime={at}>
            {formats.time(at)}
          </time>
          <Icon size={18} aria-hidden className={classes['icon']} />
          <span className={classes['text']}>
            <EventSentence event={event} fields={fields} />
          </span>
          <IconChevronDown size={16} aria-hidden className={classes['chevron']} />
        </summary>
        <dl className={classes['fields']}>
          {[...Object.entries({ event, ...fields }), ['seq', seq] as const, ['hash', hash] as const].map(
            ([name, value]) => (
              <div key={name} className={classes['field']}>
                <dt>{name}</dt>
                <dd>
                  <Foreign
                    mono
                    text={typeof value === 'string' ? value : JSON.stringify(value)}
                    most={2_000}
                  />
                </dd>
              </div>
            ),
          )}
        </dl>
      </details>
    </li>
  );
}
