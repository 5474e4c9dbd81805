import { Group, Stack, Text, Title } from '@mantine/core';
import { Loading, Panel } from '@sallyport/ui/page';
import { IconShieldLock } from '@tabler/icons-react';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { Failed } from '../api/Failed.tsx';
import { Act } from '../live/Act.tsx';
import { useWords } from '../strings/index.ts';
import { type Choices, useChoices, useEnable } from './actions.ts';
import { Hero } from './Hero.tsx';
import { Terms } from './Terms.tsx';

const EnableDialog = lazy(async () => ({ default: (await import('./EnableDialog.tsx')).EnableDialog }));

/** While Remote Support is off: one press enables it as the last time, another one changes what is allowed. */
export function EnableSupport(): ReactNode {
  const { strings } = useWords();
  const { data, error, refetch } = useChoices();
  if (data) return <Ready choices={data} />;
  if (error) return <Failed error={error} retry={() => void refetch()} />;
  return <Loading label={strings.loading} shape={[300]} />;
}

function Ready({ choices: { runAs, ...wish } }: { readonly choices: Choices }): ReactNode {
  const { strings, formats } = useWords();
  const [choosing, setChoosing] = useState(false);
  const enable = useEnable();
  const words = strings.support;
  return (
    <Panel>
      <Stack gap="lg">
        <Hero icon={<IconShieldLock size={30} />} color="gray" title={words.disabled.title}>
          {words.disabled.text}
        </Hero>
        <Group gap="sm">
          <Act size="lg" loading={enable.isPending} onClick={() => enable.mutate(wish)}>
            {words.disabled.enable}
          </Act>
          <Act size="lg" variant="subtle" onClick={() => setChoosing(true)}>
            {words.disabled.choose}
          </Act>
        </Group>
        {!choosing && <Failed error={enable.error} />}
        <div>
          <Title order={3} mb="xs">
            {words.disabled.withThis}{' '}
            <Text span inherit c="dimmed" fw={400}>
              {words.for(formats.spokenSpan(wish.forMs))}
            </Text>
          </Title>
          <Terms {...wish} />
        </div>
      </Stack>
      <Suspense>
        {choosing && (
          <EnableDialog opened close={() => setChoosing(false)} first={wish} runAs={runAs} enable={enable} />
        )}
      </Suspense>
    </Panel>
  );
}
