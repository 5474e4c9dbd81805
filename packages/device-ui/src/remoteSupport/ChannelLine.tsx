import { Text } from '@mantine/core';
import { Loading } from '@sallyport/ui/page';
import { Foreign, printable } from '@sallyport/ui/text';
import { IconEye } from '@tabler/icons-react';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import type { Channel, Session } from '../api/client.ts';
import { Act } from '../live/Act.tsx';
import { useWords } from '../strings/index.ts';
import { channelIcon } from './channelIcon.ts';
import classes from './support.module.css';

const LiveView = lazy(async () => ({ default: (await import('../liveView/LiveView.tsx')).LiveView }));

export type ChannelLineProps = { readonly session: Session; readonly channel: Channel };

/** One thing that a representative does: a terminal, a command, a copy, an address. */
export function ChannelLine({ session, channel }: ChannelLineProps): ReactNode {
  const { strings, formats } = useWords();
  const words = strings.support.who;
  const { kind, what, since, bytesIn, bytesOut } = channel;
  const Icon = channelIcon(kind);
  const [watched, setWatched] = useState(false);
  const name = strings.support.view.label(printable(session.representative));
  return (
    <>
      <div className={classes['channel']}>
        <Icon size={18} aria-hidden className={classes['channelIcon']} />
        <span className={classes['channelWhat']}>
          {words.channels[kind]} {what !== kind && <Foreign mono text={what} />}
        </span>
        <Text size="sm" c="dimmed" component="span">
          {words.channelSince(formats.clock(since))}
          {bytesIn + bytesOut > 0 && ` · ${words.amount(formats.bytes(bytesOut), formats.bytes(bytesIn))}`}
        </Text>
        {kind === 'terminal' && (
          <Act
            size="compact-sm"
            variant={watched ? 'filled' : 'light'}
            leftSection={<IconEye size={16} aria-hidden />}
            onClick={() => setWatched(!watched)}
          >
            {watched ? strings.support.view.stop : strings.support.view.watch}
          </Act>
        )}
      </div>
      {watched && (
        <Suspense fallback={<Loading label={strings.loading} shape={[240]} />}>
          <LiveView session={session.id} channel={channel.id} label={name} />
        </Suspense>
      )}
    </>
  );
}
