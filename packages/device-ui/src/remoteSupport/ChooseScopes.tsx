import { ActionIcon, Checkbox, Fieldset, Group, Stack, Text } from '@mantine/core';
import { Foreign, printable } from '@sallyport/ui/text';
import { IconX } from '@tabler/icons-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { useWords } from '../strings/index.ts';
import { AddPort } from './AddPort.tsx';
import type { RunAs } from './actions.ts';
import type { Choice } from './scopes.ts';

export type ChooseScopesProps = {
  readonly runAs: RunAs;
  readonly choice: Choice;
  readonly change: (choice: Choice) => void;
  /** Whether it was sent with nothing ticked. */
  readonly empty: boolean;
};

/** Each thing that may be done, with what it really allows. */
export function ChooseScopes({ runAs, choice, change, empty }: ChooseScopesProps): ReactNode {
  const { strings } = useWords();
  const words = strings.support;
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (empty) first.current?.focus();
  }, [empty]);
  const missing = runAs.kind === 'missing';
  const all = {
    user: words.scopes.terminalText(printable(runAs.name ?? '', 64)),
    'same-user': words.scopes.terminalSame,
    missing: words.scopes.terminalMissing,
  }[runAs.kind];
  const tick = (what: Partial<Choice>): void => change({ ...choice, ...what });
  return (
    <Fieldset legend={words.dialog.what} variant="unstyled">
      <Stack gap="md" mt="xs">
        <Checkbox
          ref={first}
          checked={choice.terminal}
          disabled={missing}
          onChange={({ currentTarget }) => tick({ terminal: currentTarget.checked })}
          label={words.scopes.terminal}
          description={all}
          error={empty ? words.dialog.nothing : undefined}
        />
        <Checkbox
          checked={choice.files !== 'none'}
          disabled={missing}
          onChange={({ currentTarget }) => tick({ files: currentTarget.checked ? 'read' : 'none' })}
          label={words.scopes.filesRead}
          description={words.scopes.filesReadText}
        />
        <Checkbox
          checked={choice.files === 'write'}
          disabled={missing}
          onChange={({ currentTarget }) => tick({ files: currentTarget.checked ? 'write' : 'read' })}
          label={words.scopes.filesWrite}
          description={words.scopes.filesWriteText}
        />
        <Checkbox
          checked={choice.web}
          onChange={({ currentTarget }) => tick({ web: currentTarget.checked })}
          label={words.scopes.web}
          description={words.scopes.webText}
        />
        {choice.tcp.map((where) => (
          <Group key={where} gap="xs" wrap="nowrap" align="flex-start" justify="space-between">
            <div>
              <Text size="sm">
                <Foreign text={words.scopes.tcp(where)} />
              </Text>
              <Text size="xs" c="dimmed">
                {words.scopes.tcpText}
              </Text>
            </div>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={words.dialog.removePort(where)}
              onClick={() => tick({ tcp: choice.tcp.filter((one) => one !== where) })}
            >
              <IconX size={18} aria-hidden />
            </ActionIcon>
          </Group>
        ))}
        <AddPort add={(where) => tick({ tcp: [...new Set([...choice.tcp, where])] })} />
      </Stack>
    </Fieldset>
  );
}
