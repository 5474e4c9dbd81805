import { Text } from '@mantine/core';
import { Foreign } from '@sallyport/ui/text';
import { IconFiles, IconNetwork, IconPrompt, IconTerminal2, IconWorld } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Channel } from '../api/client.ts';
import { useWords } from '../strings/index.ts';
import classes from './support.module.css';

const icons = {
  terminal: IconTerminal2,
  command: IconPrompt,
  files: IconFiles,
  web: IconWorld,
  tcp: IconNetwork,
} as const;

/** One thing that a representative does: a terminal, a command, a copy, an address. */
export function ChannelLine({ channel }: { readonly channel: Channel }): ReactNode {
  const { strings, formats } = useWords();
  const words = strings.support.who;
  const { kind, what, since, bytesIn, bytesOut } = channel;
  const Icon = icons[kind];
  return (
    <div className={classes['channel']}>
      <Icon size={18} aria-hidden className={classes['channelIcon']} />
      <span className={classes['channelWhat']}>
        {words.channels[kind]} {what !== kind && <Foreign mono text={what} />}
      </span>
      <Text size="sm" c="dimmed" component="span">
        {words.channelSince(formats.clock(since))}
        {bytesIn + bytesOut > 0 && ` · ${words.amount(formats.bytes(bytesOut), formats.bytes(bytesIn))}`}
      </Text>
    </div>
  );
}
