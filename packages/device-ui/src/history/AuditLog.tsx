import { Button, SegmentedControl, Stack } from '@mantine/core';
import { Empty, Loading, PageHeading, Panel } from '@sallyport/ui/page';
import { IconHistory } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Failed } from '../api/Failed.tsx';
import { useWords } from '../strings/index.ts';
import { type AuditFilter, useAudit } from './audit.ts';
import { EntryLine } from './EntryLine.tsx';
import { HistoryTabs } from './HistoryTabs.tsx';
import classes from './history.module.css';
import { type Kind, kindOf, kinds } from './sentence.ts';

/** What happened on this device entry by entry, and who did it. */
export function AuditLog(): ReactNode {
  const { strings } = useWords();
  const words = strings.history;
  const { show = 'all' } = useSearch({ from: '/inside/history/log' });
  const navigate = useNavigate();
  return (
    <Stack gap="lg">
      <PageHeading title={strings.menu.history} lead={words.lead} of={strings.menu.care} />
      <HistoryTabs shown="entries">
        <Stack gap="lg">
          <SegmentedControl
            aria-label={words.show}
            className={classes['kinds'] ?? ''}
            value={show}
            onChange={(value) =>
              void navigate({
                to: '/history/log',
                search: value === 'all' ? {} : { show: value as Kind },
                replace: true,
              })
            }
            data={kinds.map((kind) => ({ value: kind, label: words.kinds[kind] }))}
          />
          <Entries show={show} filter={{}} />
        </Stack>
      </HistoryTabs>
    </Stack>
  );
}

type EntriesProps = { readonly show: Kind; readonly filter: AuditFilter };

/** Entries of the audit log, a panel for each day. */
export function Entries({ show, filter }: EntriesProps): ReactNode {
  const { strings, formats } = useWords();
  const words = strings.history;
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useAudit(filter);
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
