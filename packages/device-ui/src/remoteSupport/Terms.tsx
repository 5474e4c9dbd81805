import { Group, Stack, Text } from '@mantine/core';
import { Foreign } from '@sallyport/ui/text';
import { IconCheck, IconUserCheck } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useWords } from '../strings/index.ts';
import { choiceOf } from './scopes.ts';
import classes from './support.module.css';

export type TermsProps = {
  readonly scopes: readonly string[];
  readonly approval: boolean;
  readonly reference?: string | undefined;
};

/** What is allowed, or will be, as a list to look over. */
export function Terms({ scopes, approval, reference }: TermsProps): ReactNode {
  const { strings } = useWords();
  const words = strings.support;
  const { terminal, files, web, tcp } = choiceOf(scopes);
  const allowed: ReactNode[] = [
    ...(terminal ? [words.scopes.terminal] : []),
    ...(files === 'none' ? [] : [files === 'read' ? words.scopes.filesRead : words.scopes.filesWrite]),
    ...(web ? [words.scopes.web] : []),
    ...tcp.map((where) => <Foreign key={where} text={words.scopes.tcp(where)} />),
  ];
  return (
    <Stack gap="xs">
      <ul className={classes['plainList']}>
        {allowed.map((what, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a list that is only read
          <li key={index}>
            <Line icon={<IconCheck size={18} aria-hidden />}>{what}</Line>
          </li>
        ))}
        <li>
          <Line icon={<IconUserCheck size={18} aria-hidden />}>
            {approval ? words.withApproval : words.withoutApproval}
          </Line>
        </li>
      </ul>
      {reference !== undefined && (
        <Text size="sm" c="dimmed">
          {words.terms.reference}: <Foreign text={reference} />
        </Text>
      )}
    </Stack>
  );
}

const Line = ({ icon, children }: { readonly icon: ReactNode; readonly children: ReactNode }): ReactNode => (
  <Group gap="xs" wrap="nowrap" align="flex-start">
    <Text c="dimmed" lh={1.3} component="span">
      {icon}
    </Text>
    <Text size="sm">{children}</Text>
  </Group>
);
