import { Stack, Text } from '@mantine/core';
import { IconPower } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Status } from '../api/client.ts';
import { Failed } from '../api/Failed.tsx';
import { Act } from '../live/Act.tsx';
import { useWords } from '../strings/index.ts';
import { useDisable } from './actions.ts';

/** Ends everything with one press. It says before what it ends, and never asks. */
export function Disable({ status }: { readonly status: Status }): ReactNode {
  const { strings } = useWords();
  const disable = useDisable();
  return (
    <Stack gap="xs">
      <Act
        color="red"
        leftSection={<IconPower size={18} aria-hidden />}
        loading={disable.isPending}
        onClick={() => disable.mutate()}
      >
        {strings.support.disable}
      </Act>
      {status.sessions.length > 0 && (
        <Text size="sm" c="dimmed">
          {strings.support.disableText(status.sessions.length)}
        </Text>
      )}
      <Failed error={disable.error} retry={() => disable.mutate()} />
    </Stack>
  );
}
