import { Empty, Panel, Rows } from '@sallyport/ui/page';
import { IconUsers } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Status } from '../api/client.ts';
import { useWords } from '../strings/index.ts';
import { Person } from './Person.tsx';
import { peopleOf } from './people.ts';

/** Who is in at the moment, and what they do. */
export function WhoIsIn({ status }: { readonly status: Status }): ReactNode {
  const { strings } = useWords();
  const words = strings.support.who;
  return (
    <Panel title={words.title}>
      {status.sessions.length === 0 ? (
        <Empty icon={<IconUsers size={28} />} title={words.empty} text={words.emptyText} />
      ) : (
        <Rows>
          {peopleOf(status.sessions).map((someone) => (
            <li key={someone.key}>
              <Person someone={someone} />
            </li>
          ))}
        </Rows>
      )}
    </Panel>
  );
}
