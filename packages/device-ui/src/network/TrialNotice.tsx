import { Anchor, Group, Stack, Text } from '@mantine/core';
import { useAnnounce } from '@sallyport/ui/announce';
import { Notice } from '@sallyport/ui/page';
import { Foreign } from '@sallyport/ui/text';
import { leftNow, useNow } from '@sallyport/ui/time';
import { type ReactNode, useEffect } from 'react';
import { Failed } from '../api/Failed.tsx';
import { Act } from '../live/Act.tsx';
import { useWords } from '../strings/index.ts';
import { type KnownTrial, useEndTrial } from './network.ts';

/** A change of the network that waits to be confirmed, and the time that is left; or how the last one ended. */
export function TrialNotice({ trial }: { readonly trial: KnownTrial }): ReactNode {
  const { standing, last, spoiled } = trial;
  const { strings } = useWords();
  const announce = useAnnounce();
  const words = strings.network.change;
  const waits = standing !== null;
  useEffect(() => {
    if (waits) announce(words.waits);
  }, [waits, announce, words]);
  if (standing) return <Standing trial={trial} standing={standing} />;
  if (spoiled !== null) return <Notice kind="bad" title={<Foreign text={words.spoiled(spoiled)} />} />;
  if (!last) return null;
  const kind = last.outcome === 'kept' ? 'good' : last.outcome === 'failed' ? 'bad' : 'warning';
  return (
    <Notice kind={kind} title={<Foreign text={words.outcomes[last.outcome](last.interface)} />}>
      {last.reason !== undefined && <Foreign text={last.reason} />}
    </Notice>
  );
}

function Standing({
  trial,
  standing,
}: {
  readonly trial: KnownTrial;
  readonly standing: NonNullable<KnownTrial['standing']>;
}): ReactNode {
  const { strings, formats } = useWords();
  const words = strings.network.change;
  const end = useEndTrial();
  const left = leftNow({ leftMs: standing.leftMs, at: trial.heardAt }, useNow(1_000));
  const { id, address, stuck } = standing;
  const elsewhere = address !== null && isAddress(location.hostname) && location.hostname !== address;
  const url = `${location.protocol}//${address}${location.port === '' ? '' : `:${location.port}`}/network`;
  if (stuck !== null) {
    return (
      <Notice kind="bad" title={<Foreign text={words.stuck(standing.interface)} />}>
        <Stack gap="sm">
          <Foreign text={stuck} />
          <Failed error={end.error} />
          <Group gap="sm">
            <Act loading={end.isPending} onClick={() => end.mutate({ id, keep: false })}>
              {words.takeBack}
            </Act>
          </Group>
        </Stack>
      </Notice>
    );
  }
  return (
    <Notice kind="warning" title={<Foreign text={words.standing(standing.interface)} />}>
      <Stack gap="sm">
        <Text size="sm" role="timer">
          {words.left(formats.countdown(left))}
        </Text>
        {elsewhere && (
          <Text size="sm">
            {words.elsewhere} <Anchor href={url}>{url}</Anchor>
          </Text>
        )}
        <Text size="sm">{words.lost}</Text>
        <Failed error={end.error} />
        <Group gap="sm">
          <Act loading={end.isPending} onClick={() => end.mutate({ id, keep: true })}>
            {words.confirm}
          </Act>
          <Act variant="default" onClick={() => end.mutate({ id, keep: false })}>
            {words.takeBack}
          </Act>
        </Group>
      </Stack>
    </Notice>
  );
}

/** Whether a page was asked for by an address, not by a name that may lead to the new one. */
const isAddress = (host: string): boolean => /^[\d.]+$/.test(host) && !host.startsWith('127.');
