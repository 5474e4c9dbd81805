import { Empty, Panel } from '@sallyport/ui/page';
import { IconUsers } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Status } from '../api/client.ts';
import { useWords } from '../strings/index.ts';
import { Person } from './Person.tsx';
import classes from './support.module.css';

/** Who is in at the moment, and what they do. */
export function WhoIsIn({ status }: { readonly status: Status }): ReactNode {
  const { strings } = useWords();
  const words = strings.support.who;
  return (
    <Panel title={words.title}>
      {status.sessions.length === 0 ? (
        <Empty icon={<IconUsers size={28} />} title={words.empty} text={words.emptyText} />
      ) : (
        <ul className={classes['plainList']}>
          {status.sessions.map((session) => (
            <li key={session.id} className={classes['person']}>
              <Person session={session} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
