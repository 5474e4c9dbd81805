import { Button, Group, Modal, Stack } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Failed } from '../api/Failed.tsx';
import { Act } from '../live/Act.tsx';
import { fieldsKnow, NewAccountFields } from '../signIn/NewAccountFields.tsx';
import { useWords } from '../strings/index.ts';
import { useAddAdministrator } from './administrators.ts';

export type DialogProps = { readonly opened: boolean; readonly close: () => void };

/** A new administrator who stays. */
export function AddAdministrator({ opened, close }: DialogProps): ReactNode {
  const { strings } = useWords();
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={strings.administrators.add}
      closeButtonProps={{ 'aria-label': strings.close }}
    >
      <Form close={close} />
    </Modal>
  );
}

function Form({ close }: Pick<DialogProps, 'close'>): ReactNode {
  const { strings } = useWords();
  const [typed, setTyped] = useState({ name: '', password: '' });
  const add = useAddAdministrator();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    add.mutate(typed, { onSuccess: close });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <NewAccountFields typed={typed} change={setTyped} error={add.error} />
        <Failed error={fieldsKnow(add.error) ? null : add.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {strings.cancel}
          </Button>
          <Act type="submit" loading={add.isPending}>
            {strings.administrators.addIt}
          </Act>
        </Group>
      </Stack>
    </form>
  );
}
