import { Button, Group, Modal, Stack, Switch, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Failed } from '../api/Failed.tsx';
import { Act } from '../live/Act.tsx';
import { useWords } from '../strings/index.ts';
import type { RunAs, useEnable, Wish } from './actions.ts';
import { ChooseDuration } from './ChooseDuration.tsx';
import { ChooseScopes } from './ChooseScopes.tsx';
import { choiceOf, scopesOf } from './scopes.ts';
import classes from './support.module.css';

export type EnableDialogProps = {
  readonly opened: boolean;
  readonly close: () => void;
  readonly first: Wish;
  readonly runAs: RunAs;
  readonly enable: ReturnType<typeof useEnable>;
};

/** What may be done, for how long, whether somebody is asked, and the case it is for. */
export function EnableDialog({ opened, ...form }: EnableDialogProps): ReactNode {
  const { strings } = useWords();
  return (
    <Modal
      opened={opened}
      onClose={form.close}
      title={strings.support.dialog.title}
      size="lg"
      closeButtonProps={{ 'aria-label': strings.close }}
    >
      <EnableForm {...form} />
    </Modal>
  );
}

function EnableForm({ close, first, runAs, enable }: Omit<EnableDialogProps, 'opened'>): ReactNode {
  const { strings } = useWords();
  const words = strings.support.dialog;
  const [choice, setChoice] = useState(() => choiceOf(first.scopes));
  const [forMs, setForMs] = useState<number | undefined>(first.forMs);
  const [approval, setApproval] = useState(first.approval);
  const [reference, setReference] = useState(first.reference ?? '');
  const [tried, setTried] = useState(false);
  const scopes = scopesOf(choice);

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (scopes.length === 0 || forMs === undefined) return;
    const about = reference.trim();
    enable.mutate(
      { scopes, forMs, approval, ...(about === '' ? {} : { reference: about }) },
      { onSuccess: close },
    );
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="lg">
        <ChooseScopes runAs={runAs} choice={choice} change={setChoice} empty={tried && scopes.length === 0} />
        <ChooseDuration forMs={forMs} change={setForMs} />
        <Switch
          size="md"
          checked={approval}
          onChange={(event) => setApproval(event.currentTarget.checked)}
          label={words.approval}
          description={words.approvalText}
        />
        <TextInput
          label={words.reference}
          description={words.referenceText}
          maxLength={200}
          value={reference}
          onChange={(event) => setReference(event.currentTarget.value)}
        />
        <Failed error={enable.error} />
        <Group justify="flex-end" className={classes['foot'] ?? ''}>
          <Button variant="default" onClick={close}>
            {strings.cancel}
          </Button>
          <Act type="submit" loading={enable.isPending}>
            {words.enable}
          </Act>
        </Group>
      </Stack>
    </form>
  );
}
