import { Button, Group, Popover, Stack, Text } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { Failed } from '../api/Failed.tsx';
import { Act } from '../live/Act.tsx';
import { useWords } from '../strings/index.ts';
import { useExtend } from './actions.ts';
import { ChooseDuration } from './ChooseDuration.tsx';

/** Gives the grant more time, or less. */
export function ChangeTime(): ReactNode {
  const { strings } = useWords();
  const words = strings.support.time;
  const [opened, setOpened] = useState(false);
  const [forMs, setForMs] = useState<number | undefined>(4 * 3_600_000);
  const extend = useExtend();
  return (
    <Popover opened={opened} onChange={setOpened} width={340} trapFocus position="bottom-end" shadow="md">
      <Popover.Target>
        <Button variant="light" size="sm" onClick={() => setOpened(!opened)}>
          {words.change}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="sm">
          <ChooseDuration label={words.changeTitle} forMs={forMs} change={setForMs} />
          <Text size="xs" c="dimmed">
            {words.most}
          </Text>
          <Failed error={extend.error} />
          <Group justify="flex-end">
            <Act
              size="sm"
              loading={extend.isPending}
              onClick={() => {
                if (forMs !== undefined) extend.mutate(forMs, { onSuccess: () => setOpened(false) });
              }}
            >
              {words.change}
            </Act>
          </Group>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
