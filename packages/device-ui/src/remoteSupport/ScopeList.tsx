import { Group, Text } from '@mantine/core';
import { Foreign } from '@sallyport/ui/text';
import { IconCheck, IconClock, IconUserCheck } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useWords } from '../strings/index.ts';
import { choiceOf } from './scopes.ts';
import classes from './support.module.css';

export type ScopeListProps = {
  readonly scopes: readonly string[];
  /** Whether each representative must be approved; left out where that is not the question. */
  readonly approval?: boolean;
  /** Spans of time that belong to it, in words. */
  readonly more?: readonly string[];
};

/** What may be done, as a list to look over. */
export function ScopeList({ scopes, approval, more = [] }: ScopeListProps): ReactNode {
  const { strings } = useWords();
  const words = strings.support;
  const { terminal, files, web, tcp } = choiceOf(scopes);
  const check = <IconCheck size={18} aria-hidden />;
  const lines: { readonly icon: ReactNode; readonly text: string }[] = [
    ...(terminal ? [{ icon: check, text: words.scopes.terminal }] : []),
    ...(files === 'none'
      ? []
      : [{ icon: check, text: files === 'read' ? words.scopes.filesRead : words.scopes.filesWrite }]),
    ...(web ? [{ icon: check, text: words.scopes.web }] : []),
    ...tcp.map((where) => ({ icon: check, text: words.scopes.tcp(where) })),
    ...more.map((text) => ({ icon: <IconClock size={18} aria-hidden />, text })),
    ...(approval === undefined
      ? []
      : [
          {
            icon: <IconUserCheck size={18} aria-hidden />,
            text: approval ? words.withApproval : words.withoutApproval,
          },
        ]),
  ];
  return (
    <ul className={classes['plainList']}>
      {lines.map(({ icon, text }) => (
        <li key={text}>
          <Group gap="xs" wrap="nowrap" align="flex-start">
            <Text c="dimmed" lh={1.3} component="span">
              {icon}
            </Text>
            <Text size="sm">
              <Foreign text={text} />
            </Text>
          </Group>
        </li>
      ))}
    </ul>
  );
}
