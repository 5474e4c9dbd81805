import { Stack, Text } from '@mantine/core';
import { Panel } from '@sallyport/ui/page';
import { Foreign } from '@sallyport/ui/text';
import type { ReactNode } from 'react';
import { useWords } from '../strings/index.ts';
import type { Settings } from './settings.ts';

/** Where these pages are, and the certificate that browsers see. It is set where the agent is started. */
export function WebAddress({ settings: { web } }: { readonly settings: Settings }): ReactNode {
  const { strings } = useWords();
  const words = strings.settings;
  return (
    <Panel title={words.web}>
      <Stack gap="xs">
        <Text size="sm" c="dimmed">
          {words.webText}
        </Text>
        {web && (
          <Text>
            <Foreign mono text={web.url} />
          </Text>
        )}
        {web?.fingerprint !== undefined && (
          <div>
            <Text size="sm" c="dimmed">
              {web.supplied ? words.certificateSupplied : words.certificateOwn}
            </Text>
            <Text size="sm">
              <Foreign mono text={web.fingerprint} />
            </Text>
          </div>
        )}
      </Stack>
    </Panel>
  );
}
