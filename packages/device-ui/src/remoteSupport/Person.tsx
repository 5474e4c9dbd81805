import { Badge, Group, Stack, Text } from '@mantine/core';
import { Foreign } from '@sallyport/ui/text';
import {
  IconPlayerPause,
  IconPlayerPlay,
  IconPlugConnected,
  IconPlugConnectedX,
  IconUserX,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Session } from '../api/client.ts';
import { Failed } from '../api/Failed.tsx';
import { Act } from '../live/Act.tsx';
import { useWords } from '../strings/index.ts';
import { useCut, usePause } from './actions.ts';
import { ChannelLine } from './ChannelLine.tsx';
import { KeyName } from './KeyName.tsx';
import type { Someone } from './people.ts';
import classes from './support.module.css';

/** Somebody who is in: who it is, how they are connected, what they have open, and how to hold or end it. */
export function Person({ someone }: { readonly someone: Someone }): ReactNode {
  const { strings, formats } = useWords();
  const words = strings.support.who;
  const cut = useCut();
  const pause = usePause();
  const { representative, key, keyWords, state, paused, since, sessions } = someone;
  const open = sessions.flatMap((session) => session.channels.map((channel) => ({ session, channel })));
  return (
    <Stack gap="sm">
      <Group justify="space-between" align="flex-start" gap="sm">
        <div>
          <Group gap="xs">
            <Text fw={600}>
              <Foreign text={representative} />
            </Text>
            <Connection state={state} />
            {paused && (
              <Badge color="orange" variant="light" leftSection={<IconPlayerPause size={14} aria-hidden />}>
                {words.paused}
              </Badge>
            )}
          </Group>
          <Text size="sm" c="dimmed">
            {words.since(formats.clock(since))}
          </Text>
          <KeyName sha256={key} words={keyWords} />
        </div>
        <Group gap="xs">
          <Act
            variant="light"
            size="sm"
            leftSection={
              paused ? <IconPlayerPlay size={16} aria-hidden /> : <IconPlayerPause size={16} aria-hidden />
            }
            aria-label={paused ? words.goOnLabel(representative) : words.pauseLabel(representative)}
            loading={pause.isPending}
            onClick={() => pause.mutate({ who: key, paused: !paused })}
          >
            {paused ? words.goOn : words.pause}
          </Act>
          <Act
            color="red"
            variant="light"
            size="sm"
            leftSection={<IconUserX size={16} aria-hidden />}
            aria-label={words.cutLabel(representative)}
            loading={cut.isPending}
            onClick={() => cut.mutate(key)}
          >
            {words.cut}
          </Act>
        </Group>
      </Group>
      {paused && <Text size="sm">{words.pausedText}</Text>}
      {state === 'suspended' && <Text size="sm">{words.suspendedText}</Text>}
      {open.length === 0 ? (
        <Text size="sm" c="dimmed">
          {words.nothing}
        </Text>
      ) : (
        <ul className={classes['plainList']}>
          {open.map(({ session, channel }) => (
            <li key={`${session.id} ${channel.id}`}>
              <ChannelLine session={session} channel={channel} />
            </li>
          ))}
        </ul>
      )}
      <Failed error={cut.error ?? pause.error} />
    </Stack>
  );
}

function Connection({ state }: Pick<Session, 'state'>): ReactNode {
  const { strings } = useWords();
  const words = strings.support.who;
  return state === 'live' ? (
    <Badge color="green" variant="light" leftSection={<IconPlugConnected size={14} aria-hidden />}>
      {words.live}
    </Badge>
  ) : (
    <Badge color="yellow" variant="light" leftSection={<IconPlugConnectedX size={14} aria-hidden />}>
      {words.suspended}
    </Badge>
  );
}
