import { Button, Group, Stack, Text } from '@mantine/core';
import { IconDownload, IconPlayerPlay, IconShieldCheck } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { answerOf, client } from '../api/client.ts';
import { Failed } from '../api/Failed.tsx';
import { useWords } from '../strings/index.ts';
import { fileOf, type Recording } from './grants.ts';
import classes from './history.module.css';
import { Verdict } from './Verdict.tsx';

export type RecordingActionsProps = {
  readonly recording: Recording;
  /** Whether to offer the replay: not where it is played already. */
  readonly replay?: boolean;
};

/** What can be done with a recording: look at it, keep it, and find out whether it is as it was. */
export function RecordingActions({ recording, replay = true }: RecordingActionsProps): ReactNode {
  const { strings } = useWords();
  const words = strings.history.recording;
  const { id, state } = recording;
  const verify = useMutation({
    mutationFn: () => answerOf(client.GET('/v1/recordings/{id}/verify', { params: { path: { id } } })),
  });
  return (
    <Stack gap="xs" className={classes['recording'] ?? ''}>
      <Group gap="xs">
        {replay && state !== 'locked' && state !== 'unreadable' && (
          // Not by the router: only this page's own policy lets the player run.
          <Button
            component="a"
            href={`/history/recordings/${encodeURIComponent(id)}`}
            size="compact-sm"
            variant="light"
            leftSection={<IconPlayerPlay size={16} aria-hidden />}
          >
            {words.replay}
          </Button>
        )}
        <Button
          component="a"
          href={fileOf(id)}
          download={`${id}.cast`}
          size="compact-sm"
          variant="subtle"
          leftSection={<IconDownload size={16} aria-hidden />}
        >
          {words.download}
        </Button>
        <Button
          size="compact-sm"
          variant="subtle"
          leftSection={<IconShieldCheck size={16} aria-hidden />}
          loading={verify.isPending}
          onClick={() => verify.mutate()}
        >
          {words.verify}
        </Button>
      </Group>
      {state !== 'ended' && (
        <Text size="xs" c="dimmed">
          {words.states[state]}
        </Text>
      )}
      {verify.data && <Verdict verdict={verify.data} />}
      <Failed error={verify.error} retry={() => verify.mutate()} />
    </Stack>
  );
}
