import { Button, Group, Paper, Stack, Text } from '@mantine/core';
import { Foreign, printable } from '@sallyport/ui/text';
import { IconBell, IconDoorEnter } from '@tabler/icons-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import type { Status } from '../api/client.ts';
import { Failed } from '../api/Failed.tsx';
import { Act } from '../live/Act.tsx';
import { useWords } from '../strings/index.ts';
import { useDecide } from './actions.ts';
import { ring } from './bell.ts';
import { KeyName } from './KeyName.tsx';

type Waiting = Status['waiting'][number];

/** Representatives who ask to be let in. It rings for each that comes. */
export function WhoWaits({ waiting }: Pick<Status, 'waiting'>): ReactNode {
  useBell(waiting);
  return (
    waiting.length > 0 && (
      <Stack gap="md">
        {waiting.map((one) => (
          <WaitingOne key={one.id} waiting={one} />
        ))}
      </Stack>
    )
  );
}

function WaitingOne({ waiting }: { readonly waiting: Waiting }): ReactNode {
  const { strings, formats } = useWords();
  const words = strings.support.approvals;
  const decide = useDecide();
  const { id, representative, key, keyWords, since } = waiting;
  return (
    <Paper withBorder radius="lg" p="lg" role="alert" bd="2px solid var(--mantine-primary-color-filled)">
      <Group justify="space-between" gap="md">
        <Group gap="md" wrap="nowrap" align="flex-start">
          <IconDoorEnter size={28} aria-hidden />
          <div>
            <Text fw={600}>
              <Foreign text={representative} /> · {words.title}
            </Text>
            <KeyName sha256={key} words={keyWords} />
            <Text size="sm" c="dimmed">
              {words.text(formats.clock(since))}
            </Text>
            <Notify />
          </div>
        </Group>
        <Group gap="sm">
          <Act
            variant="default"
            aria-label={words.refuseLabel(representative)}
            onClick={() => decide.mutate({ who: id, approved: false })}
          >
            {words.refuse}
          </Act>
          <Act
            aria-label={words.admitLabel(representative)}
            loading={decide.isPending}
            onClick={() => decide.mutate({ who: id, approved: true })}
          >
            {words.admit}
          </Act>
        </Group>
      </Group>
      <Failed error={decide.error} />
    </Paper>
  );
}

/** Sound, and a notification for a page in the background, once for each who comes. */
function useBell(waiting: readonly Waiting[]): void {
  const { strings } = useWords();
  const known = useRef(new Set<string>());
  useEffect(() => {
    const fresh = waiting.filter(({ id }) => !known.current.has(id));
    known.current = new Set(waiting.map(({ id }) => id));
    if (fresh.length === 0) return;
    ring();
    if (!document.hidden || !('Notification' in window) || Notification.permission !== 'granted') return;
    for (const { id, representative } of fresh) {
      new Notification(strings.support.approvals.notification(printable(representative)), { tag: id });
    }
  }, [waiting, strings]);
}

/** Asks the browser whether it may notify; nothing once that is answered. */
function Notify(): ReactNode {
  const { strings } = useWords();
  const [asked, setAsked] = useState(!('Notification' in window) || Notification.permission !== 'default');
  if (asked) return null;
  return (
    <Button
      variant="subtle"
      size="compact-sm"
      leftSection={<IconBell size={16} aria-hidden />}
      onClick={() => void Notification.requestPermission().finally(() => setAsked(true))}
    >
      {strings.support.approvals.notify}
    </Button>
  );
}
