import { Anchor, Group, Stack, Text } from '@mantine/core';
import { Notice } from '@sallyport/ui/page';
import { Foreign } from '@sallyport/ui/text';
import { leftNow, useNow } from '@sallyport/ui/time';
import type { ReactNode } from 'react';
import { Failed } from '../api/Failed.tsx';
import { Act } from '../live/Act.tsx';
import { useWords } from '../strings/index.ts';
import { useEndWebTrial, type WebTrial } from './webTrial.ts';

/** A change of address or certificate that waits to be confirmed where it is tried; or how the last one ended. */
export function WebTrialNotice({ trial }: { readonly trial: WebTrial }): ReactNode {
  const { strings } = useWords();
  const words = strings.settings.webTrial;
  if (trial.standing) return <Standing trial={trial} standing={trial.standing} />;
  if (!trial.last) return null;
  return (
    <Notice kind={trial.last.outcome === 'kept' ? 'good' : 'warning'} title={words[trial.last.outcome]} />
  );
}

function Standing({
  trial,
  standing,
}: {
  readonly trial: WebTrial;
  readonly standing: NonNullable<WebTrial['standing']>;
}): ReactNode {
  const { strings, formats } = useWords();
  const words = strings.settings.webTrial;
  const end = useEndWebTrial();
  const left = leftNow({ leftMs: standing.leftMs, at: trial.heardAt }, useNow(1_000));
  const { id, url, here, fingerprint } = standing;
  return (
    <Notice kind="warning" title={words.waits}>
      <Stack gap="sm">
        <Text size="sm" role="timer">
          {words.left(formats.countdown(left))}
        </Text>
        {!here && (
          <Text size="sm">
            {words.elsewhere} <Anchor href={`${url}settings`}>{url}</Anchor>
          </Text>
        )}
        {fingerprint !== null && (
          <Text size="sm">
            {words.fingerprint} <Foreign mono text={fingerprint} />
          </Text>
        )}
        <Failed error={end.error} />
        <Group gap="sm">
          {here && (
            <Act loading={end.isPending} onClick={() => end.mutate({ id, keep: true })}>
              {words.confirm}
            </Act>
          )}
          <Act variant="default" onClick={() => end.mutate({ id, keep: false })}>
            {words.takeBack}
          </Act>
        </Group>
      </Stack>
    </Notice>
  );
}
