import { PasswordInput, Stack } from '@mantine/core';
import { useAnnounce } from '@sallyport/ui/announce';
import { Notice, Panel } from '@sallyport/ui/page';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { answerOf, client } from '../api/client.ts';
import { Failed, useSentences } from '../api/Failed.tsx';
import { wrongIn, wrongPassword } from '../api/fieldErrors.ts';
import { Act } from '../live/Act.tsx';
import { useWords } from '../strings/index.ts';
import classes from './account.module.css';

/** A new password, after the old one. All other sign-ins end. */
export function ChangePassword(): ReactNode {
  const { strings } = useWords();
  const words = strings.account;
  const sentences = useSentences();
  const announce = useAnnounce();
  const [password, setPassword] = useState('');
  const [next, setNext] = useState('');
  const change = useMutation({
    mutationFn: () => answerOf(client.POST('/v1/me/password', { body: { password, next } })),
    onSuccess: () => {
      setPassword('');
      setNext('');
      announce(words.changed);
    },
  });
  const own = wrongIn(change.error, ['sign-in-wrong']);
  const weak = wrongIn(change.error, wrongPassword);
  const told = weak && sentences({ ...weak, code: weak.code, text: weak.message });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    change.mutate();
  };
  return (
    <Panel title={words.password}>
      <form onSubmit={submit} className={classes['form']}>
        <Stack gap="md">
          <PasswordInput
            label={words.now}
            autoComplete="current-password"
            required
            withAsterisk={false}
            visibilityToggleButtonProps={{ 'aria-label': strings.signIn.show }}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            error={own && words.nowWrong}
          />
          <PasswordInput
            label={words.next}
            description={strings.signIn.passwordText}
            autoComplete="new-password"
            required
            withAsterisk={false}
            visibilityToggleButtonProps={{ 'aria-label': strings.signIn.show }}
            value={next}
            onChange={(event) => setNext(event.currentTarget.value)}
            error={told && `${told.text} ${told.next}`}
          />
          {!own && !weak && <Failed error={change.error} />}
          {change.isSuccess && <Notice kind="good" title={words.changed} />}
          <div>
            <Act type="submit" loading={change.isPending} variant="light">
              {words.change}
            </Act>
          </div>
        </Stack>
      </form>
    </Panel>
  );
}
