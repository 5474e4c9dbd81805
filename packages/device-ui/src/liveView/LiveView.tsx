import { Text } from '@mantine/core';
import type { LiveState } from '@sallyport/ui/live';
import { Loading } from '@sallyport/ui/page';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useWords } from '../strings/index.ts';
import classes from './liveView.module.css';
import { openScreen } from './terminal.ts';
import { watchTerminal } from './watchTerminal.ts';

const clock = {
  now: () => performance.now(),
  after: (ms: number, run: () => void) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

export type LiveViewProps = { readonly session: string; readonly channel: number; readonly label: string };

/** What somebody's terminal shows, as it comes, to look at only. */
export function LiveView({ session, channel, label }: LiveViewProps): ReactNode {
  const { strings } = useWords();
  const words = strings.support.view;
  const box = useRef<HTMLElement>(null);
  const [at, setAt] = useState<LiveState['at'] | 'ended'>('connecting');
  useEffect(() => {
    if (!box.current) return;
    const screen = openScreen(box.current);
    const url = `/v1/sessions/${encodeURIComponent(session)}/channels/${channel}/terminal`;
    const stop = watchTerminal({
      screen,
      open: () => new EventSource(url),
      changed: ({ at: now }) => setAt(now),
      clock,
    });
    return () => {
      stop();
      screen.close();
    };
  }, [session, channel]);
  return (
    <div>
      <Text size="sm" c="dimmed" mb={4}>
        {at === 'ended' ? words.ended : at === 'cut' ? words.cut : words.text}
      </Text>
      {at === 'connecting' && <Loading label={strings.loading} shape={[80]} />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard */}
      <section ref={box} aria-label={label} tabIndex={0} className={classes['screen']} data-at={at} />
    </div>
  );
}
