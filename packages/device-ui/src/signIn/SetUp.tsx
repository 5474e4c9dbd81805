import { Button } from '@mantine/core';
import { useNavigate, useRouterState } from '@tanstack/react-router';
import { type FormEvent, type ReactNode, useState } from 'react';
import { answerOf, client } from '../api/client.ts';
import { Failed } from '../api/Failed.tsx';
import { useBecome } from '../api/me.ts';
import { useWords } from '../strings/index.ts';
import { FrontDoor } from './FrontDoor.tsx';
import { fieldsKnow, NewAccountFields } from './NewAccountFields.tsx';

/** The first administrator is made here, at the address that the agent printed when it started. */
export function SetUp(): ReactNode {
  const { strings } = useWords();
  const words = strings.setUp;
  const navigate = useNavigate();
  // It stands behind the #, so that it is in no log.
  const code = useRouterState({ select: ({ location }) => location.hash });
  const [typed, setTyped] = useState({ name: '', password: '' });
  const setUp = useBecome((account: typeof typed) =>
    answerOf(client.POST('/v1/set-up', { body: { code, ...account } })),
  );
  if (code === '') {
    return (
      <FrontDoor title={words.title}>
        <p>{words.noCode}</p>
      </FrontDoor>
    );
  }
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setUp.mutate(typed, { onSuccess: () => void navigate({ to: '/remote-support', replace: true }) });
  };
  return (
    <FrontDoor title={words.title} lead={words.lead}>
      <form onSubmit={submit}>
        <NewAccountFields typed={typed} change={setTyped} error={setUp.error} />
        <Button type="submit" fullWidth mt="lg" mb={setUp.error ? 'md' : 0} loading={setUp.isPending}>
          {words.make}
        </Button>
        <Failed error={fieldsKnow(setUp.error) ? null : setUp.error} />
      </form>
    </FrontDoor>
  );
}
