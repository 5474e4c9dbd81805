import { Stack } from '@mantine/core';
import { Loading, PageHeading } from '@sallyport/ui/page';
import type { ReactNode } from 'react';
import { Failed } from '../api/Failed.tsx';
import { useWords } from '../strings/index.ts';
import { GrantDefaults } from './GrantDefaults.tsx';
import { OutboundPort } from './OutboundPort.tsx';
import { RecordingPolicy } from './RecordingPolicy.tsx';
import { SiteProxy } from './SiteProxy.tsx';
import { SourceInterface } from './SourceInterface.tsx';
import { useSettings } from './settings.ts';
import { WebAddress } from './WebAddress.tsx';

/** How this device reaches the relay, what Enable suggests, and where these pages are. */
export function SettingsPage(): ReactNode {
  const { strings } = useWords();
  const { data, error, refetch } = useSettings();
  return (
    <Stack gap="lg">
      <PageHeading title={strings.menu.settings} lead={strings.settings.lead} of={strings.menu.care} />
      {data ? (
        <>
          <OutboundPort settings={data} />
          <SiteProxy settings={data} />
          <SourceInterface settings={data} />
          <GrantDefaults settings={data} />
          <RecordingPolicy settings={data} />
          <WebAddress settings={data} />
        </>
      ) : error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : (
        <Loading label={strings.loading} shape={[180, 320, 120]} />
      )}
    </Stack>
  );
}
