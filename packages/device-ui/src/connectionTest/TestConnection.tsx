import { Stack } from '@mantine/core';
import { Empty, Loading, PageHeading, Panel } from '@sallyport/ui/page';
import { IconPlugConnected } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Failed } from '../api/Failed.tsx';
import { Act } from '../live/Act.tsx';
import { useWords } from '../strings/index.ts';
import { AdviceList } from './AdviceList.tsx';
import { useConnectionTests, useTest } from './connectionTest.ts';
import { EarlierTests } from './EarlierTests.tsx';
import { FirewallText } from './FirewallText.tsx';
import { HeldConnections } from './HeldConnections.tsx';
import { NameLookup } from './NameLookup.tsx';
import { Ports } from './Ports.tsx';
import { Verdict } from './Verdict.tsx';
import type { ConnectionTest } from './withNewest.ts';

/** Whether this device can reach the relay, by which ports, and what to do if not. */
export function TestConnection(): ReactNode {
  const { strings } = useWords();
  const words = strings.test;
  const { data, error, refetch } = useConnectionTests();
  const start = useTest();
  const running = data?.newest?.running ?? false;
  const button = (
    <Act loading={start.isPending || running} onClick={() => start.mutate()}>
      {data?.newest ? words.again : words.start}
    </Act>
  );
  return (
    <Stack gap="lg">
      <PageHeading title={strings.menu.connectionTest} lead={words.lead} of={strings.menu.care}>
        {data?.newest && button}
      </PageHeading>
      <Failed error={start.error} />
      {data?.newest ? (
        <>
          <Found test={data.newest} />
          <EarlierTests tests={data.history.filter(({ id }) => id !== data.newest?.id)} />
        </>
      ) : data ? (
        <Panel>
          <Empty icon={<IconPlugConnected size={28} />} title={words.empty} text={words.emptyText}>
            {button}
          </Empty>
        </Panel>
      ) : error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : (
        <Loading label={strings.loading} shape={[140, 300]} />
      )}
    </Stack>
  );
}

const Found = ({ test }: { readonly test: ConnectionTest }): ReactNode => (
  <>
    <Verdict test={test} />
    {test.advice.length > 0 && <AdviceList advice={test.advice} />}
    <Ports test={test} />
    {test.held && <HeldConnections held={test.held} />}
    <NameLookup test={test} />
    <FirewallText test={test} />
  </>
);
