import { Group, Loader, Stack, Text } from '@mantine/core';
import { Panel } from '@sallyport/ui/page';
import { IconCheck, IconDots, IconScissors } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useWords } from '../strings/index.ts';
import type { ConnectionTest } from './withNewest.ts';

type Held = NonNullable<ConnectionTest['held']>;

/** How long connections live on which nothing is said: it comes in behind the test, in minutes. */
export function HeldConnections({ held }: { readonly held: Held }): ReactNode {
  const { strings, formats } = useWords();
  const words = strings.test.held;
  return (
    <Panel
      title={words.title}
      aside={held.running ? <Loader size={18} role="img" aria-label={words.running} /> : undefined}
    >
      <Stack gap="xs">
        <Text size="sm" c="dimmed">
          {held.running ? words.runningText(formats.span(held.longestMs)) : words.text}
        </Text>
        {held.ways.map(({ port, address, livedMs, cutMs }) => {
          const cut = cutMs !== null && cutMs > livedMs;
          return (
            <Group key={`${port} ${address}`} gap="xs" wrap="nowrap" align="baseline">
              {cut ? (
                <IconScissors size={16} aria-hidden />
              ) : livedMs > 0 ? (
                <IconCheck size={16} aria-hidden />
              ) : (
                <IconDots size={16} aria-hidden />
              )}
              <Text size="sm">
                {strings.test.port(String(port))}:{' '}
                {cut
                  ? words.cut(formats.span(livedMs), formats.span(cutMs))
                  : livedMs > 0
                    ? words.lived(formats.span(livedMs))
                    : words.nothing}
              </Text>
            </Group>
          );
        })}
      </Stack>
    </Panel>
  );
}
