import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, type ReactNode, useEffect, useState } from 'react';
import { ApiError, answerOf, client } from '../api/client.ts';
import { Failed } from '../api/Failed.tsx';
import { useBecome } from '../api/me.ts';
import { useWords } from '../strings/index.ts';
import { FrontDoor } from './FrontDoor.tsx';

/** The field that is there now is the one to type in. */
const focus = (field: HTMLInputElement | null): void => field?.focus();

type Typed = { readonly name: string; readonly password: string; readonly totp?: string };

/** Name and password; and the code of an authenticator app, once it turns out that one is asked for. */
export function SignIn(): ReactNode {
  const { strings } = useWords();
  const words = strings.signIn;
  const navigate = useNavigate();
  const { to } = useSearch({ from: '/sign-in' });
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [totp, setTotp] = useState<string>();
  const signIn = useBecome((typed: Typed) => answerOf(client.POST('/v1/sign-in', { body: typed })));
  const { error } = signIn;
  const wantsCode = error instanceof ApiError && error.code === 'totp-needed';
  useEffect(() => {
    if (wantsCode) setTotp((typed) => typed ?? '');
  }, [wantsCode]);

  const goTo = (path: string): void => {
    // A recording is shown under rules of its own, which come with the page.
    if (path.startsWith('/history/recordings/')) window.location.replace(path);
    else void navigate({ to: path, replace: true });
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    signIn.mutate(
      { name, password, ...(totp === undefined || totp === '' ? {} : { totp }) },
      { onSuccess: () => goTo(to ?? '/remote-support') },
    );
  };
  return (
    <FrontDoor title={words.title} lead={words.lead}>
      <form onSubmit={submit}>
        <TextInput
          label={words.name}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          withAsterisk={false}
          maxLength={64}
          ref={focus}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <PasswordInput
          mt="md"
          label={words.password}
          autoComplete="current-password"
          required
          withAsterisk={false}
          visibilityToggleButtonProps={{ 'aria-label': words.show }}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {totp !== undefined && (
          <TextInput
            mt="md"
            ref={focus}
            label={words.code}
            description={words.codeText}
            autoComplete="one-time-code"
            inputMode="numeric"
            maxLength={10}
            value={totp}
            onChange={(event) => setTotp(event.currentTarget.value)}
          />
        )}
        <Button
          type="submit"
          fullWidth
          mt="lg"
          mb={error && !wantsCode ? 'md' : 0}
          loading={signIn.isPending}
        >
          {words.enter}
        </Button>
        {!wantsCode && <Failed error={error} />}
      </form>
    </FrontDoor>
  );
}
