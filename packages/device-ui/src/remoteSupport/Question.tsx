import { Group, Paper, Stack, Text } from '@mantine/core';
import { Foreign } from '@sallyport/ui/text';
import type { ReactNode } from 'react';
import { KeyName } from './KeyName.tsx';

export type QuestionProps = {
  readonly icon: ReactNode;
  /** Who asks: their name, and the key by which they are known. */
  readonly asker: { readonly representative: string; readonly key: string; readonly keyWords: string };
  /** What they want, in a few words. */
  readonly wants: string;
  readonly children: ReactNode;
  /** The buttons that answer. */
  readonly answers: ReactNode;
};

/** Somebody asks for something, and a person has to answer. */
export function Question({ icon, asker, wants, children, answers }: QuestionProps): ReactNode {
  return (
    <Paper withBorder radius="lg" p="lg" role="alert" bd="2px solid var(--mantine-primary-color-filled)">
      <Group justify="space-between" gap="md">
        <Group gap="md" wrap="nowrap" align="flex-start" flex="1 1 20rem">
          {icon}
          <Stack gap={4}>
            <Text fw={600}>
              <Foreign text={asker.representative} /> · {wants}
            </Text>
            <KeyName sha256={asker.key} words={asker.keyWords} />
            {children}
          </Stack>
        </Group>
        <Group gap="sm">{answers}</Group>
      </Group>
    </Paper>
  );
}
