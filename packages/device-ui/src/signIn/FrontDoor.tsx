import { Paper, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import { useMe } from '../api/me.ts';
import { DeviceName } from '../shell/DeviceName.tsx';
import icon from '../shell/icon.svg';
import { Preferences } from '../shell/Preferences.tsx';
import classes from './signIn.module.css';

export type FrontDoorProps = {
  readonly title: string;
  readonly lead?: string;
  readonly children?: ReactNode;
};

/** What somebody sees who has not signed in. */
export function FrontDoor({ title, lead, children }: FrontDoorProps): ReactNode {
  const device = useMe().data?.device;
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <main className={classes['door']}>
      <div className={classes['card']}>
        <div className={classes['head']}>
          <img src={icon} alt="" width={44} height={44} />
          <DeviceName device={device} />
        </div>
        <Paper withBorder radius="lg" p="xl">
          <Stack gap="md">
            <div>
              <Title order={1} fz="h2">
                {title}
              </Title>
              {lead !== undefined && <Text c="dimmed">{lead}</Text>}
            </div>
            {children}
          </Stack>
        </Paper>
        <Preferences />
      </div>
    </main>
  );
}
