import { Anchor, Group } from '@mantine/core';
import { Notice } from '@sallyport/ui/page';
import { Foreign, printable } from '@sallyport/ui/text';
import { Link, useRouterState } from '@tanstack/react-router';
import { type ReactNode, useEffect, useMemo, useRef } from 'react';
import { useStatus } from '../api/status.ts';
import { ring } from '../remoteSupport/bell.ts';
import { type OpenQuestion, questionsOf } from '../remoteSupport/questions.ts';
import { useWords } from '../strings/index.ts';

/** On every page while somebody waits for an answer. It rings for each question, wherever the reader is. */
export function SomeoneAsks(): ReactNode {
  const { strings } = useWords();
  const status = useStatus().data?.status;
  const questions = useMemo(() => (status ? questionsOf(status) : []), [status]);
  useBell(questions);
  // There they stand with their buttons.
  const there = useRouterState({ select: ({ location }) => location.pathname === '/remote-support' });
  if (there) return null;
  const words = strings.support.asks;
  return questions.map(({ id, kind, representative }) => (
    <Notice
      key={id}
      kind="warning"
      title={
        <Group justify="space-between" gap="xs">
          <Foreign text={words.banner[kind](representative)} />
          <Anchor component={Link} to="/remote-support" inherit>
            {words.go}
          </Anchor>
        </Group>
      }
    />
  ));
}

/** Sound, and a notification for a page in the background, once for each question. */
function useBell(questions: readonly OpenQuestion[]): void {
  const { strings } = useWords();
  const known = useRef(new Set<string>());
  useEffect(() => {
    const fresh = questions.filter(({ id }) => !known.current.has(id));
    known.current = new Set(questions.map(({ id }) => id));
    if (fresh.length === 0) return;
    ring();
    if (!document.hidden || !('Notification' in window) || Notification.permission !== 'granted') return;
    for (const { id, kind, representative } of fresh) {
      new Notification(strings.support.asks.banner[kind](printable(representative)), { tag: id });
    }
  }, [questions, strings]);
}
