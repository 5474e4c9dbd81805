import { Anchor, Stack } from '@mantine/core';
import { Empty, PageHeading, Panel } from '@sallyport/ui/page';
import { IconMapOff } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useWords } from '../strings/index.ts';
import classes from './shell.module.css';

export function NotFound(): ReactNode {
  const { strings } = useWords();
  return (
    <Stack gap="lg" component="main" className={classes['content'] ?? ''}>
      <PageHeading title={strings.notFound.title} of={strings.menu.care} />
      <Panel>
        <Empty icon={<IconMapOff size={28} />} title={strings.notFound.title} text={strings.notFound.text}>
          <Anchor component={Link} to="/remote-support">
            {strings.menu.remoteSupport}
          </Anchor>
        </Empty>
      </Panel>
    </Stack>
  );
}
