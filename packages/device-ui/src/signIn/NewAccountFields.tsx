import { PasswordInput, TextInput } from '@mantine/core';
import { type ReactNode, useEffect, useRef } from 'react';
import { useSentences } from '../api/Failed.tsx';
import { wrongIn, wrongName, wrongPassword } from '../api/fieldErrors.ts';
import { useWords } from '../strings/index.ts';

type Typed = { readonly name: string; readonly password: string };
export type NewAccountFieldsProps = {
  readonly typed: Typed;
  readonly change: (typed: Typed) => void;
  /** Why the device did not take them. */
  readonly error: Error | null;
};

/** Whether this error is said at one of the fields. */
export const fieldsKnow = (error: Error | null): boolean =>
  wrongIn(error, [...wrongName, ...wrongPassword]) !== undefined;

/** Name and password of a new account; what the device refuses is said at the field, which gets the focus. */
export function NewAccountFields({ typed, change, error }: NewAccountFieldsProps): ReactNode {
  const { strings } = useWords();
  const words = strings.signIn;
  const sentences = useSentences();
  const name = useRef<HTMLInputElement>(null);
  const password = useRef<HTMLInputElement>(null);
  const say = (codes: readonly string[]): string | undefined => {
    const wrong = wrongIn(error, codes);
    if (!wrong) return undefined;
    const { text, next } = sentences({ ...wrong, code: wrong.code, text: wrong.message });
    return `${text} ${next}`;
  };
  useEffect(() => {
    if (wrongIn(error, wrongName)) name.current?.focus();
    else if (wrongIn(error, wrongPassword)) password.current?.focus();
  }, [error]);
  return (
    <>
      <TextInput
        ref={name}
        label={words.name}
        description={words.nameText}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
        withAsterisk={false}
        maxLength={64}
        value={typed.name}
        onChange={(event) => change({ ...typed, name: event.currentTarget.value })}
        error={say(wrongName)}
      />
      <PasswordInput
        mt="md"
        ref={password}
        label={words.password}
        description={words.passwordText}
        autoComplete="new-password"
        required
        withAsterisk={false}
        visibilityToggleButtonProps={{ 'aria-label': words.show }}
        value={typed.password}
        onChange={(event) => change({ ...typed, password: event.currentTarget.value })}
        error={say(wrongPassword)}
      />
    </>
  );
}
