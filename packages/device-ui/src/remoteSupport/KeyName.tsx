import { Text } from '@mantine/core';
import { Foreign } from '@sallyport/ui/text';
import type { ReactNode } from 'react';
import { useWords } from '../strings/index.ts';

/** By which key somebody is known: what no name can imitate. */
export function KeyName({ sha256 }: { readonly sha256: string }): ReactNode {
  const { strings } = useWords();
  return (
    <Text size="xs" c="dimmed">
      {strings.support.who.key} <Foreign mono text={sha256.slice(0, 16).replace(/(.{4})(?=.)/g, '$1 ')} />
    </Text>
  );
}
