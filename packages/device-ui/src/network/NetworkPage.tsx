import { Button, Stack } from '@mantine/core';
import { Loading, PageHeading } from '@sallyport/ui/page';
import { IconRefresh } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Failed } from '../api/Failed.tsx';
import { useWords } from '../strings/index.ts';
import { Gateways } from './Gateways.tsx';
import { Interfaces } from './Interfaces.tsx';
import { NameServers } from './NameServers.tsx';
import { useNetwork, useTrial } from './network.ts';
import { TrialNotice } from './TrialNotice.tsx';

/** How this device is in its network, and who set it so. */
export function NetworkPage(): ReactNode {
  const { strings } = useWords();
  const { data, error, refetch, isFetching } = useNetwork();
  const trial = useTrial().data;
  const again = (): void => void refetch();
  return (
    <Stack gap="lg">
      <PageHeading title={strings.menu.network} lead={strings.network.lead} of={strings.menu.care}>
        <Button
          variant="default"
          leftSection={<IconRefresh size={18} aria-hidden />}
          loading={isFetching}
          onClick={again}
        >
          {strings.network.again}
        </Button>
      </PageHeading>
      {data ? (
        <>
          {trial && <TrialNotice trial={trial} />}
          <Interfaces network={data} />
          <Gateways network={data} />
          <NameServers servers={data.dns} />
        </>
      ) : error ? (
        <Failed error={error} retry={again} />
      ) : (
        <Loading label={strings.loading} shape={[200, 120, 120]} />
      )}
    </Stack>
  );
}
