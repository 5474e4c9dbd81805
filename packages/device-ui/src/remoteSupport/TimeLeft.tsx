import { Button, Group, Popover, Progress, Stack, Text } from '@mantine/core';
import { useAnnounce } from '@sallyport/ui/announce';
import { Panel } from '@sallyport/ui/page';
import { leftNow, passedMark, useNow } from '@sallyport/ui/time';
import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from 'react';
import { Failed } from '../api/Failed.tsx';
import type { Known } from '../api/status.ts';
import { Act } from '../live/Act.tsx';
import { useWords } from '../strings/index.ts';
import { useExtend } from './actions.ts';
import classes from './support.module.css';

const ChooseDuration = lazy(async () => ({
  default: (await import('./ChooseDuration.tsx')).ChooseDuration,
}));
const nearMs = 600_000;

/** What is left of the grant, and a way to make it more or less. */
export function TimeLeft({ known: { status, at } }: { readonly known: Known }): ReactNode {
  const { strings, formats } = useWords();
  const words = strings.support.time;
  const left = leftNow({ leftMs: status.leftMs ?? 0, at }, useNow(1_000));
  useAnnounced(left);
  return (
    <Panel title={words.title} aside={<ChangeTime />}>
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

function ChangeTime(): ReactNode {
  const { strings } = useWords();
  const words = strings.support.time;
  const [opened, setOpened] = useState(false);
  const [forMs, setForMs] = useState<number | undefined>(4 * 3_600_000);
  const extend = useExtend();
  return (
    <Popover opened={opened} onChange={setOpened} width={340} trapFocus position="bottom-end" shadow="md">
      <Popover.Target>
        <Button variant="light" size="sm" onClick={() => setOpened(!opened)}>
          {words.change}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="sm">
          <Suspense>
            <ChooseDuration label={words.changeTitle} forMs={forMs} change={setForMs} />
          </Suspense>
          <Text size="xs" c="dimmed">
            {words.most}
          </Text>
          <Failed error={extend.error} />
          <Group justify="flex-end">
            <Act
              size="sm"
              loading={extend.isPending}
              onClick={() => {
                if (forMs !== undefined) extend.mutate(forMs, { onSuccess: () => setOpened(false) });
              }}
            >
              {words.change}
            </Act>
          </Group>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
