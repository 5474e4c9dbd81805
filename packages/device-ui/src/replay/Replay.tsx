import { Group, NativeSelect, Stack, Switch, VisuallyHidden } from '@mantine/core';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useWords } from '../strings/index.ts';
import type { Cast } from './cast.ts';
import { FindInRecording } from './FindInRecording.tsx';
import { openPlayer, type Player } from './player.ts';
import classes from './replay.module.css';

const speeds = [0.5, 1, 2, 4, 8, 16];
/** The player draws what comes close together at once: a place is shown a little after its moment. In seconds. */
const momentAfter = 0.1;
/** No pause is longer than this while pauses are jumped over, in seconds. */
const shortPause = 1;

/** A terminal that is shown again: as fast as wanted, without its pauses, from wherever the words are. */
export function Replay({ cast }: { readonly cast: Cast }): ReactNode {
  const { strings } = useWords();
  const words = strings.history.recording;
  const box = useRef<HTMLElement>(null);
  const player = useRef<Player>(undefined);
  const [speed, setSpeed] = useState(1);
  const [jump, setJump] = useState(true);
  useEffect(() => {
    if (!box.current) return;
    // Another speed is another player, which goes on where the one before it was.
    const opened = openPlayer(box.current, {
      cast,
      speed,
      longestPause: jump ? shortPause : undefined,
      from: player.current,
    });
    player.current = opened;
    return () => opened.close();
  }, [cast, speed, jump]);
  return (
    <Stack gap="md">
      <Group gap="lg" align="flex-end">
        <NativeSelect
          size="sm"
          label={words.speed}
          value={String(speed)}
          onChange={(event) => setSpeed(Number(event.currentTarget.value))}
          data={speeds.map((one) => ({ value: String(one), label: words.times(one) }))}
        />
        <Switch
          size="md"
          mb={6}
          label={words.jump}
          checked={jump}
          onChange={(event) => setJump(event.currentTarget.checked)}
        />
      </Group>
      <section ref={box} aria-label={words.screen} className={classes['player']} />
      <VisuallyHidden>{words.keys}</VisuallyHidden>
      <FindInRecording
        cast={cast}
        longestPause={jump ? shortPause : undefined}
        go={(at) => player.current?.seek(at + momentAfter)}
      />
    </Stack>
  );
}
