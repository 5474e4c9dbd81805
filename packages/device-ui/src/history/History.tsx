import { Button, SegmentedControl, Stack } from '@mantine/core';
import { Empty, Loading, PageHeading, Panel } from '@sallyport/ui/page';
import { IconHistory } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Failed } from '../api/Failed.tsx';
import { useWords } from '../strings/index.ts';
import { useAudit } from './audit.ts';
import { EntryLine } from './EntryLine.tsx';
import classes from './history.module.css';
import { type Kind, kindOf, kinds } from './sentence.ts';

/** What happened on this device, and who did it. */
export function History(): ReactNode {
  const { strings } = useWords();
  const words = strings.history;
  const { show = 'all' } = useSearch({ from: '/inside/history' });
  const navigate = useNavigate();
  return (
    <Stack gap="lg">
      <PageHeading title={strings.menu.history} lead={words.lead} of={strings.menu.care} />
      <SegmentedControl
        aria-label={words.show}
        className={classes['kinds'] ?? ''}
        value={show}
        onChange={(value) =>
          void navigate({
            to: '/history',
            search: value === 'all' ? {} : { show: value as Kind },
            replace: true,
          })
        }
        data={kinds.map((kind) => ({ value: kind, label: words.kinds[kind] }))}
      />
      <Entries show={show} />
    </Stack>
  );
}

function Entries({ show }: { readonly show: Kind }): ReactNode {
  const { strings, formats } = useWords();
  const words = strings.history;
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useAudit();
  if (error && !data) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Loading label={strings.loading} shape={[400]} />;
  const entries = data.pages
    .flatMap((page) => page.entries)
    .filter(({ event }) => show === 'all' || kindOf(event) === show);
  const days = Map.groupBy(entries, ({ at }) => formats.day(at));
  return (
    <>
      {entries.length === 0 && (
        <Panel>
          <Empty icon={<IconHistory size={28} />} title={words.empty} text={words.emptyText} />
        </Panel>
      )}
      {[...days].map(([day, ofDay]) => (
        <Panel key={day} title={day}>
          <ol>
            {ofDay.map((entry) => (
              <EntryLine key={entry.seq} entry={entry} />
            ))}
          </ol>
        </Panel>
      ))}
      {hasNextPage && (
        <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {words.earlier}
        </Button>
      )}
    </>
  );
}
