import { Button, Progress, Stack, Text } from '@mantine/core';
import { useAnnounce } from '@sallyport/ui/announce';
import { Panel } from '@sallyport/ui/page';
import { leftNow, passedMark, useNow } from '@sallyport/ui/time';
import { lazy, type ReactNode, Suspense, useEffect, useRef } from 'react';
import type { Known } from '../api/status.ts';
import { useWords } from '../strings/index.ts';
import classes from './support.module.css';

// Where it cannot be fetched the device is away, and nothing can be changed.
const ChangeTime = lazy(() =>
  import('./ChangeTime.tsx').then(
    ({ ChangeTime }) => ({ default: ChangeTime }),
    () => ({ default: () => null }),
  ),
);
const nearMs = 600_000;

/** What is left of the grant, and a way to make it more or less. */
export function TimeLeft({ known: { status, at } }: { readonly known: Known }): ReactNode {
  const { strings, formats } = useWords();
  const words = strings.support.time;
  const left = leftNow({ leftMs: status.leftMs ?? 0, at }, useNow(1_000));
  useAnnounced(left);
  return (
    <Panel
      title={words.title}
      aside={
        <Suspense
          fallback={
            <Button variant="light" size="sm">
              {words.change}
            </Button>
          }
        >
          <ChangeTime />
        </Suspense>
      }
    >
      <Stack gap="xs">
        <div className={classes['left']} role="timer">
          {left < nearMs ? formats.countdown(left) : formats.span(left)}
        </div>
        <Progress
          value={(left / 86_400_000) * 100}
          color={left < nearMs ? 'orange' : 'indigo'}
          aria-hidden
          size="sm"
        />
        {status.endsAt !== undefined && (
          <Text size="sm" c="dimmed">
            {words.ends(formats.clock(status.endsAt))}
          </Text>
        )}
      </Stack>
    </Panel>
  );
}

/** Read out at ten minutes and at one, not each second. */
function useAnnounced(left: number): void {
  const { strings, formats } = useWords();
  const announce = useAnnounce();
  const before = useRef(left);
  useEffect(() => {
    const mark = passedMark(before.current, left);
    before.current = left;
    if (mark !== undefined) announce(strings.support.time.announced(formats.spokenSpan(mark)));
  }, [left, announce, strings, formats]);
}
