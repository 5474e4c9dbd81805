import { Anchor, Group } from '@mantine/core';
import { Notice } from '@sallyport/ui/page';
import { Foreign } from '@sallyport/ui/text';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useStatus } from '../api/status.ts';
import { useWords } from '../strings/index.ts';

/** On every page while a representative is in. */
export function SomeoneIsIn(): ReactNode {
  const { strings, formats } = useWords();
  const { data } = useStatus();
  const names = [...new Set(data?.status.sessions.map(({ representative }) => representative))];
  if (names.length === 0) return null;
  const words = strings.support.who;
  const say = names.length === 1 ? words.banner : words.bannerMany;
  return (
    <Notice
      kind="good"
      title={
        <Group justify="space-between" gap="xs">
          <Foreign text={say(formats.list(names))} />
          <Anchor component={Link} to="/remote-support" inherit>
            {words.bannerGo}
          </Anchor>
        </Group>
      }
    />
  );
}
