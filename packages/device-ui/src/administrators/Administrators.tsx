import { Group, Stack } from '@mantine/core';
import { Loading, PageHeading, Panel, Rows } from '@sallyport/ui/page';
import { IconClockHour4, IconUserPlus } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { Failed } from '../api/Failed.tsx';
import { Act } from '../live/Act.tsx';
import { useWords } from '../strings/index.ts';
import { AddAdministrator } from './AddAdministrator.tsx';
import { AddTemporary } from './AddTemporary.tsx';
import { AdministratorLine } from './AdministratorLine.tsx';
import { useAdministrators } from './administrators.ts';

/** Who may sign in to this device, for good or for a while. */
export function Administrators(): ReactNode {
  const { strings } = useWords();
  const words = strings.administrators;
  const { data, error, refetch } = useAdministrators();
  const [adding, setAdding] = useState<'lasting' | 'temporary'>();
  const close = (): void => setAdding(undefined);
  return (
    <Stack gap="lg">
      <PageHeading title={strings.menu.administrators} lead={words.lead} of={strings.menu.care}>
        <Group gap="sm">
          <Act
            variant="default"
            leftSection={<IconClockHour4 size={18} aria-hidden />}
            onClick={() => setAdding('temporary')}
          >
            {words.addTemporary}
          </Act>
          <Act leftSection={<IconUserPlus size={18} aria-hidden />} onClick={() => setAdding('lasting')}>
            {words.add}
          </Act>
        </Group>
      </PageHeading>
      {data ? (
        <Panel>
          <Rows>
            {data.administrators.map((one) => (
              <li key={one.name}>
                <AdministratorLine administrator={one} />
              </li>
            ))}
          </Rows>
        </Panel>
      ) : error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : (
        <Loading label={strings.loading} shape={[200]} />
      )}
      <AddAdministrator opened={adding === 'lasting'} close={close} />
      <AddTemporary opened={adding === 'temporary'} close={close} />
    </Stack>
  );
}
