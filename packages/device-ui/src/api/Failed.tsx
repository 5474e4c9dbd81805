import { Button } from '@mantine/core';
import { Notice } from '@sallyport/ui/page';
import { Foreign } from '@sallyport/ui/text';
import type { ReactNode } from 'react';
import { useWords } from '../strings/index.ts';
import { ApiError, type Problem } from './client.ts';

/** What went wrong, in the reader's language if its code is known there; and what to do next. */
export function useSentences(): (problem: Pick<Problem, 'code' | 'text' | 'next' | 'details'>) => {
  text: string;
  next: string;
} {
  const { strings } = useWords();
  return ({ code, text, next, details }) => {
    const errors: { readonly [code: string]: { readonly text: string; readonly next: string } } =
      strings.errors;
    const own = Object.hasOwn(errors, code) ? errors[code] : undefined;
    const reasons: { readonly [why: string]: string } = strings.reasons;
    const reason = reasons[`${code} ${String(details['why'])}`];
    const fill = (sentence: string): string =>
      sentence.replace(/\{(\w+)\}/g, (_, name: string) => {
        if (name === 'reason' && reason !== undefined) return fill(reason);
        return Object.hasOwn(details, name) ? String(details[name]) : '?';
      });
    return own ? { text: fill(own.text), next: fill(own.next) } : { text, next };
  };
}

export type FailedProps = {
  readonly error: Error | null;
  /** What asks once more, where that can help. */
  readonly retry?: () => void;
};

/** Why something did not work. Nothing if it did. */
export function Failed({ error, retry }: FailedProps): ReactNode {
  const { strings } = useWords();
  const sentences = useSentences();
  if (!error) return null;
  const { text, next } = sentences(
    error instanceof ApiError
      ? { code: error.code, text: error.message, next: error.next, details: error.details }
      : { code: 'internal', text: error.message, next: '', details: {} },
  );
  const again = retry && (!(error instanceof ApiError) || error.retryable);
  return (
    <Notice kind="bad" title={<Foreign text={text} />}>
      {next !== '' && <Foreign text={next} />}
      {again && (
        <Button size="xs" variant="default" mt="sm" display="block" onClick={retry}>
          {strings.retry}
        </Button>
      )}
    </Notice>
  );
}
