import { Button, Stack } from '@mantine/core';
import { Empty, Loading, PageHeading, Panel, Rows } from '@sallyport/ui/page';
import { IconHistory } from '@tabler/icons-react';
import { Link, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Failed } from '../api/Failed.tsx';
import { useWords } from '../strings/index.ts';
import { FilterGrants } from './FilterGrants.tsx';
import { GrantLine } from './GrantLine.tsx';
import { type GrantFilter, useGrants } from './grants.ts';
import { HistoryTabs } from './HistoryTabs.tsx';

/** Every time that Remote Support was enabled: who came, and what they did. */
export function History(): ReactNode {
  const { strings } = useWords();
  const filter = useSearch({ from: '/inside/history' });
  return (
    <Stack gap="lg">
      <PageHeading title={strings.menu.history} lead={strings.history.lead} of={strings.menu.care} />
      <HistoryTabs shown="grants">
        <Stack gap="lg">
          <FilterGrants key={JSON.stringify(filter)} filter={filter} />
          <Grants filter={filter} />
        </Stack>
      </HistoryTabs>
    </Stack>
  );
}

function Grants({ filter }: { readonly filter: GrantFilter }): ReactNode {
  const { strings } = useWords();
  const words = strings.history.grants;
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useGrants(filter);
  if (error && !data) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Loading label={strings.loading} shape={[300]} />;
  const grants = data.pages.flatMap((page) => page.grants);
  const filtered = Object.keys(filter).length > 0;
  if (grants.length === 0) {
    return (
      <Panel>
        <Empty
          icon={<IconHistory size={28} />}
          title={filtered ? words.noneFound : words.empty}
          text={filtered ? words.noneFoundText : words.emptyText}
        >
          {filtered && (
            <Button component={Link} to="/history" variant="light" size="sm">
              {words.all}
            </Button>
          )}
        </Empty>
      </Panel>
    );
  }
  return (
    <>
      <Panel>
        <Rows>
          {grants.map((grant) => (
            <li key={grant.grant}>
              <GrantLine grant={grant} />
            </li>
          ))}
        </Rows>
      </Panel>
      {hasNextPage && (
        <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {words.earlier}
        </Button>
      )}
    </>
  );
}
