import { Badge, Button, Group, Stack, Text } from '@mantine/core';
import { Panel } from '@sallyport/ui/page';
import { Foreign } from '@sallyport/ui/text';
import { IconDownload, IconSignature } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { KeyName } from '../remoteSupport/KeyName.tsx';
import { useWords } from '../strings/index.ts';
import type { PastSession, Recording } from './grants.ts';
import classes from './history.module.css';
import { PastChannelLine } from './PastChannelLine.tsx';
import { PastFiles } from './PastFiles.tsx';

export type PastSessionPanelProps = {
  readonly session: PastSession;
  /** Counted from 1, in the grant. */
  readonly number: number;
  /** Those of the whole grant. */
  readonly recordings: readonly Recording[];
};

/** One session: who it was, from when to when, and all that they opened. */
export function PastSessionPanel({ session, number, recordings }: PastSessionPanelProps): ReactNode {
  const { strings } = useWords();
  const words = strings.history.session;
  const { representative, key, keyWords, channels, files, refusals, receipt, more } = session;
  const recordingOf = (channel: number, id: string | undefined): Recording | undefined =>
    recordings.find((one) => one.id === id || (one.session === session.id && one.channel === channel));
  return (
    <Panel
      title={<Foreign text={words.title(number, representative)} most={160} />}
      aside={
        receipt && (
          <Group gap="xs">
            <Badge
              variant="light"
              color={receipt.signed === 'both' ? 'green' : 'yellow'}
              leftSection={<IconSignature size={14} aria-hidden />}
            >
              {words.signed[receipt.signed]}
            </Badge>
            <Button
              component="a"
              href={`/v1/receipts/${encodeURIComponent(session.id)}`}
              download={`receipt-${session.id}.json`}
              size="compact-sm"
              variant="subtle"
              leftSection={<IconDownload size={16} aria-hidden />}
            >
              {words.receipt}
            </Button>
          </Group>
        )
      }
    >
      <Stack gap="md">
        <div>
          <Times session={session} />
          {key !== undefined && keyWords !== undefined && <KeyName sha256={key} words={keyWords} />}
        </div>
        {channels.length === 0 && <Text c="dimmed">{words.nothing}</Text>}
        {channels.length > 0 && (
          <ul className={classes['channels']}>
            {channels.map((channel) => (
              <li key={channel.id}>
                <PastChannelLine channel={channel} recording={recordingOf(channel.id, channel.recording)} />
              </li>
            ))}
          </ul>
        )}
        {files.length > 0 && <PastFiles files={files} />}
        {refusals.length > 0 && (
          <div>
            <Text fw={600} size="sm">
              {words.refused}
            </Text>
            <ul className={classes['lines']}>
              {refusals.map(({ seq, at, what, path }) => (
                <li key={seq} className={classes['line']}>
                  <Moment at={at} />
                  <Foreign mono text={path === undefined ? what : `${what} ${path}`} />
                </li>
              ))}
            </ul>
          </div>
        )}
        {more > 0 && <Text c="dimmed">{words.more(more)}</Text>}
      </Stack>
    </Panel>
  );
}

function Moment({ at }: { readonly at: string }): ReactNode {
  const { formats } = useWords();
  return (
    <time className={classes['time']} dateTime={at}>
      {formats.clock(at)}
    </time>
  );
}

/** From when to when, why it ended, and when the connection was lost in between. */
function Times({ session }: { readonly session: PastSession }): ReactNode {
  const { strings, formats } = useWords();
  const words = strings.history.session;
  const { from, to, why, endedBy, suspended } = session;
  const whys: { readonly [why: string]: string } = words.why;
  const ended =
    to === undefined
      ? words.open
      : words.ended(formats.clock(to), why === undefined ? '' : (whys[why] ?? why));
  return (
    <>
      <Text size="sm">
        {words.since(formats.clock(from))} · <Foreign text={ended} />
        {endedBy !== undefined && (
          <>
            {' '}
            · <Foreign text={endedBy} most={128} />
          </>
        )}
      </Text>
      {suspended.length > 0 && (
        <Text size="sm" c="dimmed">
          {words.suspended(
            formats.list(
              suspended.map((lost) =>
                lost.to === undefined
                  ? formats.clock(lost.from)
                  : `${formats.clock(lost.from)} (${formats.span(Date.parse(lost.to) - Date.parse(lost.from))})`,
              ),
            ),
          )}
        </Text>
      )}
    </>
  );
}
