import { Group, Stack, Text } from '@mantine/core';
import { Notice } from '@sallyport/ui/page';
import { Foreign } from '@sallyport/ui/text';
import type { ReactNode } from 'react';
import type { Status } from '../api/client.ts';
import { Failed } from '../api/Failed.tsx';
import { Act } from '../live/Act.tsx';
import { useWords } from '../strings/index.ts';
import { useCut } from './actions.ts';
import { KeyName } from './KeyName.tsx';

/** Keys that gave a wrong password, or were blocked: by name, with a way to keep them out. */
export function FailedKeys({ failures }: Pick<Status, 'failures'>): ReactNode {
  const { strings } = useWords();
  const words = strings.support.failures;
  if (failures.length === 0) return null;
  return (
    <Notice kind="warning" title={words.title}>
      <Stack gap="sm">
        {words.text}
        {failures.map((failure) => (
          <FailedKey key={failure.key} failure={failure} />
        ))}
      </Stack>
    </Notice>
  );
}

function FailedKey({ failure }: { readonly failure: Status['failures'][number] }): ReactNode {
  const { strings } = useWords();
  const words = strings.support.failures;
  const cut = useCut();
  const { representative, key, keyWords, count, blocked } = failure;
  const state =
    blocked === undefined ? words.count(count) : blocked === 'failures' ? words.blocked : words.cutOff;
  return (
    <Group justify="space-between" gap="sm">
      <div>
        <Text size="sm" fw={600}>
          <Foreign text={representative} />
        </Text>
        <Text size="sm">{state}</Text>
        <KeyName sha256={key} words={keyWords} />
      </div>
      {blocked === undefined && (
        <Act
          size="sm"
          color="red"
          variant="light"
          aria-label={words.blockLabel(representative)}
          loading={cut.isPending}
          onClick={() => cut.mutate(key)}
        >
          {words.block}
        </Act>
      )}
      <Failed error={cut.error} />
    </Group>
  );
}
