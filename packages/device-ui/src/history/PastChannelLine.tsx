import { Text } from '@mantine/core';
import { Foreign } from '@sallyport/ui/text';
import type { ReactNode } from 'react';
import { channelIcon } from '../remoteSupport/channelIcon.ts';
import { useWords } from '../strings/index.ts';
import type { PastChannel, Recording } from './grants.ts';
import classes from './history.module.css';
import { RecordingActions } from './RecordingActions.tsx';

export type PastChannelLineProps = {
  readonly channel: PastChannel;
  readonly recording: Recording | undefined;
};

/** One thing that was opened: what, when, for how long, how much passed, how it ended; and its recording. */
export function PastChannelLine({ channel, recording }: PastChannelLineProps): ReactNode {
  const { strings, formats } = useWords();
  const words = strings.history.session;
  const names: { readonly [kind: string]: string } = strings.support.who.channels;
  const { kind, what, from, to, bytesIn = 0, bytesOut = 0, exit } = channel;
  const Icon = channelIcon(kind);
  const facts = [
    formats.clock(from),
    ...(to === undefined ? [] : [formats.span(Math.max(1_000, Date.parse(to) - Date.parse(from)))]),
    ...(bytesIn + bytesOut > 0
      ? [strings.support.who.amount(formats.bytes(bytesOut), formats.bytes(bytesIn))]
      : []),
    ...(exit === undefined ? [] : ['code' in exit ? words.exit(exit.code) : words.signal(exit.signal)]),
  ];
  return (
    <div className={classes['channel']}>
      <Icon size={18} aria-hidden className={classes['icon']} />
      <div className={classes['what']}>
        <Text size="sm">
          {names[kind] ?? <Foreign text={kind} />} {what !== kind && <Foreign mono text={what} />}
        </Text>
        <Text size="sm" c="dimmed">
          <Foreign text={facts.join(' · ')} />
        </Text>
      </div>
      {recording && <RecordingActions recording={recording} />}
    </div>
  );
}
