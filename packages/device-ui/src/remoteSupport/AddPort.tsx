import { Button, Group, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { type KeyboardEvent, type ReactNode, useRef, useState } from 'react';
import { useWords } from '../strings/index.ts';
import { wrongTarget } from './scopes.ts';
import classes from './support.module.css';

/** One more TCP port that may be reached. It stands in the form of the dialog, so Enter must not send that. */
export function AddPort({ add }: { readonly add: (where: string) => void }): ReactNode {
  const { strings } = useWords();
  const words = strings.support.dialog;
  const [open, setOpen] = useState(false);
  const [host, setHost] = useState('127.0.0.1');
  const [port, setPort] = useState('');
  const [wrong, setWrong] = useState<'host' | 'port'>();
  const fields = { host: useRef<HTMLInputElement>(null), port: useRef<HTMLInputElement>(null) };

  const submit = (): void => {
    const found = wrongTarget(host.trim(), port.trim());
    setWrong(found);
    if (found) {
      fields[found].current?.focus();
      return;
    }
    add(`${host.trim()}:${Number(port.trim())}`);
    setPort('');
    setOpen(false);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    submit();
  };
  if (!open) {
    return (
      <Button
        variant="subtle"
        size="sm"
        className={classes['start'] ?? ''}
        leftSection={<IconPlus size={16} aria-hidden />}
        onClick={() => setOpen(true)}
      >
        {words.addPort}
      </Button>
    );
  }
  return (
    <Group align="flex-start" gap="sm" onKeyDown={onKeyDown}>
      <TextInput
        ref={fields.host}
        label={words.host}
        description={words.hostText}
        value={host}
        onChange={(event) => setHost(event.currentTarget.value)}
        error={wrong === 'host' && words.hostMalformed}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        flex="1 1 14rem"
      />
      <TextInput
        ref={fields.port}
        label={words.port}
        value={port}
        inputMode="numeric"
        data-autofocus
        onChange={(event) => setPort(event.currentTarget.value)}
        error={wrong === 'port' && words.portMalformed}
        flex="0 1 9rem"
      />
      <Button variant="light" mt={26} onClick={submit}>
        {words.addPort}
      </Button>
    </Group>
  );
}
