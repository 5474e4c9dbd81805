import { Stack, Text } from '@mantine/core';
import { Foreign } from '@sallyport/ui/text';
import { IconKey } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Status } from '../api/client.ts';
import { Failed } from '../api/Failed.tsx';
import { Act } from '../live/Act.tsx';
import { useWords } from '../strings/index.ts';
import { useAnswer } from './actions.ts';
import { Notify } from './Notify.tsx';
import { Question } from './Question.tsx';
import { ScopeList } from './ScopeList.tsx';
import classes from './support.module.css';

type Ask = Status['asks'][number];

/** Representatives who are in, and ask for one thing more or for more time. */
export function WhoAsks({ asks }: Pick<Status, 'asks'>): ReactNode {
  return (
    asks.length > 0 && (
      <Stack gap="md">
        {asks.map((ask) => (
          <AskedOne key={ask.id} ask={ask} />
        ))}
      </Stack>
    )
  );
}

function AskedOne({ ask }: { readonly ask: Ask }): ReactNode {
  const { strings, formats } = useWords();
  const words = strings.support.asks;
  const answer = useAnswer();
  const { id, representative, what, why, until } = ask;
  return (
    <Question
      icon={<IconKey size={28} aria-hidden />}
      asker={ask}
      wants={words.title}
      answers={
        <>
          <Act
            variant="default"
            aria-label={words.refuseLabel(representative)}
            onClick={() => answer.mutate({ id, granted: false })}
          >
            {words.refuse}
          </Act>
          <Act
            aria-label={words.grantLabel(representative)}
            loading={answer.isPending}
            onClick={() => answer.mutate({ id, granted: true })}
          >
            {words.grant}
          </Act>
        </>
      }
    >
      <ScopeList
        scopes={what.scopes ?? []}
        more={what.forMs === undefined ? [] : [words.time(formats.spokenSpan(what.forMs))]}
      />
      <blockquote className={classes['why']}>
        <Foreign text={why} most={1_000} />
      </blockquote>
      <Text size="sm" c="dimmed">
        {words.until(formats.clock(until))}
      </Text>
      <Notify />
      <Failed error={answer.error} />
    </Question>
  );
}
