import { Badge, Group, Stack, Text } from '@mantine/core';
import { Panel, Rows } from '@sallyport/ui/page';
import { Foreign } from '@sallyport/ui/text';
import { IconShieldX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Status } from '../api/client.ts';
import { Failed } from '../api/Failed.tsx';
import { Act } from '../live/Act.tsx';
import { useWords } from '../strings/index.ts';
import { useBlock } from './actions.ts';
import { KeyName } from './KeyName.tsx';
import { type KeptOut, keptOut } from './keptOut.ts';

/** Keys that came and were not let in, or were sent away: by name, why, and a way to keep them out. */
export function NotLetIn({ status }: { readonly status: Pick<Status, 'failures' | 'refusals'> }): ReactNode {
  const { strings } = useWords();
  const words = strings.support.refusals;
  const all = keptOut(status);
  if (all.length === 0) return null;
  return (
    <Panel title={words.title}>
      <Text size="sm" c="dimmed" mb="md">
        {words.text}
      </Text>
      <Rows>
        {all.map((one) => (
          <li key={one.key}>
            <OneKey one={one} />
          </li>
        ))}
      </Rows>
    </Panel>
  );
}

function OneKey({ one }: { readonly one: KeptOut }): ReactNode {
  const { strings, formats } = useWords();
  const words = strings.support.refusals;
  const block = useBlock();
  const { representative, key, keyWords, wrongPasswords, blocked, reasons } = one;
  const known: { readonly [code: string]: string } = words.reasons;
  return (
    <Group justify="space-between" gap="sm" align="flex-start">
      <Stack gap={2} flex="1 1 18rem">
        <Group gap="xs">
          <Text fw={600}>
            <Foreign text={representative} />
          </Text>
          {blocked !== 'no' && (
            <Badge color="red" variant="light" leftSection={<IconShieldX size={14} aria-hidden />}>
              {words.blocked[blocked]}
            </Badge>
          )}
        </Group>
        {wrongPasswords > 0 && <Text size="sm">{words.wrong(wrongPasswords)}</Text>}
        {reasons.map(({ code, text, when, count }) => (
          <Text size="sm" key={code}>
            <Foreign text={known[code] ?? text} />
            <Text span inherit c="dimmed">
              {' '}
              {words.when(count, formats.clock(when))}
            </Text>
          </Text>
        ))}
        <KeyName sha256={key} words={keyWords} />
        <Failed error={block.error} />
      </Stack>
      {blocked === 'no' && (
        <Act
          size="sm"
          color="red"
          variant="light"
          aria-label={words.blockLabel(representative)}
          loading={block.isPending}
          onClick={() => block.mutate(key)}
        >
          {words.block}
        </Act>
      )}
    </Group>
  );
}
