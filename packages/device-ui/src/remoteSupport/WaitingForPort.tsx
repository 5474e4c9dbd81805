import { Anchor, Loader, Stack, Text } from '@mantine/core';
import { Notice, Panel } from '@sallyport/ui/page';
import { Foreign } from '@sallyport/ui/text';
import { useNow } from '@sallyport/ui/time';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import type { Status } from '../api/client.ts';
import { useSentences } from '../api/Failed.tsx';
import { useWords } from '../strings/index.ts';
import { Hero } from './Hero.tsx';

const patienceMs = 10_000;

/** Enabled, and no port number yet: what the device does about it, and after a while why it takes so long. */
export function WaitingForPort({ status }: { readonly status: Status }): ReactNode {
  const { strings } = useWords();
  const words = strings.support.waiting;
  const [began] = useState(() => performance.now());
  const late = useNow(1_000) - began > patienceMs;
  const { tunnel, relay } = status;
  const doing = {
    off: words.off,
    up: words.up,
    dialling: words.dialling(relay?.host ?? ''),
    resting: words.resting,
  }[tunnel];
  return (
    <Panel>
      <Stack gap="lg">
        <Hero icon={<Loader size={26} color="yellow" aria-hidden />} color="yellow" title={words.title}>
          <span role="status">
            <Foreign text={doing} />
          </span>
        </Hero>
        {late && <Why status={status} />}
        <Text size="sm" c="dimmed">
          {words.goesOn}
        </Text>
      </Stack>
    </Panel>
  );
}

function Why({ status: { problem } }: { readonly status: Status }): ReactNode {
  const { strings } = useWords();
  const words = strings.support.waiting;
  const sentences = useSentences();
  const told = problem && sentences(problem);
  return (
    <Notice kind="warning" title={words.stuck}>
      <Stack gap="xs">
        <span>
          <Foreign text={told ? told.text : words.stuckText} />{' '}
          {told && told.next !== '' && <Foreign text={told.next} />}
        </span>
        <Anchor component={Link} to="/connection-test" size="sm" fw={600}>
          {words.test}
        </Anchor>
      </Stack>
    </Notice>
  );
}
