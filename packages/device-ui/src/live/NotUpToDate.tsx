import { Button, Group } from '@mantine/core';
import { useAnnounce } from '@sallyport/ui/announce';
import { Notice } from '@sallyport/ui/page';
import { useNow } from '@sallyport/ui/time';
import { type ReactNode, useEffect, useRef } from 'react';
import { useWords } from '../strings/index.ts';
import { useLive } from './Live.tsx';

/** Above every page while the stream is cut. That it is cut, and that it is back, is read out once. */
export function NotUpToDate(): ReactNode {
  const { strings } = useWords();
  const { state } = useLive();
  const announce = useAnnounce();
  const before = useRef(state.at);
  useEffect(() => {
    if (state.at === 'cut') announce(`${strings.live.cut}. ${strings.live.why}`);
    else if (before.current === 'cut') announce(strings.live.back);
    before.current = state.at;
  }, [state.at, announce, strings]);
  return state.at === 'cut' && <Cut since={state.since} />;
}

function Cut({ since }: { readonly since: number }): ReactNode {
  const { strings, formats } = useWords();
  const { retryNow } = useLive();
  const now = useNow(1_000);
  return (
    <Notice kind="warning" title={strings.live.cut}>
      <Group justify="space-between" gap="xs">
        {strings.live.cutSince(formats.span(Math.max(1_000, now - since)))}
        <Button size="xs" variant="default" onClick={retryNow}>
          {strings.live.retry}
        </Button>
      </Group>
    </Notice>
  );
}
