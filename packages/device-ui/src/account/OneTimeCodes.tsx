import { Group, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { Panel } from '@sallyport/ui/page';
import { Foreign } from '@sallyport/ui/text';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { answerOf, client } from '../api/client.ts';
import { Failed } from '../api/Failed.tsx';
import { wrongIn } from '../api/fieldErrors.ts';
import { meKey } from '../api/me.ts';
import { Act } from '../live/Act.tsx';
import { useWords } from '../strings/index.ts';
import classes from './account.module.css';

type Secret = { readonly secret: string; readonly qr: string };

/** The second factor: codes of an authenticator app. */
export function OneTimeCodes({ on }: { readonly on: boolean }): ReactNode {
  const { strings } = useWords();
  const words = strings.account;
  const cache = useQueryClient();
  const [secret, setSecret] = useState<Secret>();
  const start = useMutation({
    mutationFn: (password: string) => answerOf(client.POST('/v1/me/totp/start', { body: { password } })),
    onSuccess: setSecret,
  });
  const remove = useMutation({
    mutationFn: (password: string) => answerOf(client.DELETE('/v1/me/totp', { body: { password } })),
    onSuccess: () => cache.invalidateQueries({ queryKey: meKey }),
  });
  return (
    <Panel title={words.codes}>
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          {on ? words.codesOn : words.codesOff}
        </Text>
        {on ? (
          <WithPassword act={words.codesRemove} ask={remove} danger />
        ) : secret ? (
          <Confirm secret={secret} done={() => setSecret(undefined)} />
        ) : (
          <WithPassword act={words.codesStart} ask={start} />
        )}
      </Stack>
    </Panel>
  );
}

type Ask = {
  readonly mutate: (password: string) => void;
  readonly error: Error | null;
  readonly isPending: boolean;
};

/** Something that is done only after the password was given once more. */
function WithPassword({
  act,
  ask,
  danger = false,
}: {
  readonly act: string;
  readonly ask: Ask;
  readonly danger?: boolean;
}): ReactNode {
  const { strings } = useWords();
  const [password, setPassword] = useState('');
  const wrong = wrongIn(ask.error, ['sign-in-wrong']);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    ask.mutate(password);
  };
  return (
    <form onSubmit={submit} className={classes['form']}>
      <Stack gap="md">
        <PasswordInput
          label={strings.account.now}
          autoComplete="current-password"
          required
          withAsterisk={false}
          visibilityToggleButtonProps={{ 'aria-label': strings.signIn.show }}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          error={wrong && strings.account.nowWrong}
        />
        {!wrong && <Failed error={ask.error} />}
        <div>
          <Act type="submit" variant="light" color={danger ? 'red' : 'indigo'} loading={ask.isPending}>
            {act}
          </Act>
        </div>
      </Stack>
    </form>
  );
}

/** The new secret as a picture and as text, until a first code was right. */
function Confirm({
  secret: { secret, qr },
  done,
}: {
  readonly secret: Secret;
  readonly done: () => void;
}): ReactNode {
  const { strings } = useWords();
  const words = strings.account;
  const cache = useQueryClient();
  const [code, setCode] = useState('');
  const confirm = useMutation({
    mutationFn: () => answerOf(client.POST('/v1/me/totp/confirm', { body: { code } })),
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: meKey });
      done();
    },
  });
  const wrong = wrongIn(confirm.error, ['totp-wrong']);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    confirm.mutate();
  };
  return (
    <Group align="flex-start" gap="xl">
      <img className={classes['qr']} alt={words.qr} src={`data:image/svg+xml,${encodeURIComponent(qr)}`} />
      <form onSubmit={submit} className={classes['form']}>
        <Stack gap="md">
          <Text size="sm">
            {words.scan} <Foreign mono text={secret.replace(/(.{4})(?=.)/g, '$1 ')} />
          </Text>
          <TextInput
            label={words.firstCode}
            autoComplete="one-time-code"
            inputMode="numeric"
            required
            withAsterisk={false}
            maxLength={10}
            value={code}
            onChange={(event) => setCode(event.currentTarget.value)}
            error={wrong && words.codeWrong}
          />
          {!wrong && <Failed error={confirm.error} />}
          <div>
            <Act type="submit" loading={confirm.isPending}>
              {words.codesConfirm}
            </Act>
          </div>
        </Stack>
      </form>
    </Group>
  );
}
