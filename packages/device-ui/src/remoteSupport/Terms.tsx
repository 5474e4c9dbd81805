import { Stack, Text } from '@mantine/core';
import { Foreign } from '@sallyport/ui/text';
import type { ReactNode } from 'react';
import { useWords } from '../strings/index.ts';
import { ScopeList } from './ScopeList.tsx';

export type TermsProps = {
  readonly scopes: readonly string[];
  readonly approval: boolean;
  readonly reference?: string | undefined;
};

/** What is allowed, or will be, and the case it is for. */
export function Terms({ scopes, approval, reference }: TermsProps): ReactNode {
  const { strings } = useWords();
  return (
    <Stack gap="xs">
      <ScopeList scopes={scopes} approval={approval} />
      {reference !== undefined && (
        <Text size="sm" c="dimmed">
          {strings.support.terms.reference}: <Foreign text={reference} />
        </Text>
      )}
    </Stack>
  );
}
