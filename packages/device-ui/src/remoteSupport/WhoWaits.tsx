import { Stack, Text } from '@mantine/core';
import { IconDoorEnter } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Status } from '../api/client.ts';
import { Failed } from '../api/Failed.tsx';
import { Act } from '../live/Act.tsx';
import { useWords } from '../strings/index.ts';
import { useDecide } from './actions.ts';
import { Notify } from './Notify.tsx';
import { Question } from './Question.tsx';

/** Representatives who ask to be let in. */
export function WhoWaits({ waiting }: Pick<Status, 'waiting'>): ReactNode {
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

function WaitingOne({ waiting }: { readonly waiting: Status['waiting'][number] }): ReactNode {
  const { strings, formats } = useWords();
  const words = strings.support.approvals;
  const decide = useDecide();
  const { id, representative, since } = waiting;
  return (
    <Question
      icon={<IconDoorEnter size={28} aria-hidden />}
      asker={waiting}
      wants={words.title}
      answers={
        <>
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
        </>
      }
    >
      <Text size="sm" c="dimmed">
        {words.text(formats.clock(since))}
      </Text>
      <Notify />
      <Failed error={decide.error} />
    </Question>
  );
}
