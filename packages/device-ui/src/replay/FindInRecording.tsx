import { Text, TextInput, UnstyledButton } from '@mantine/core';
import { Foreign } from '@sallyport/ui/text';
import { IconSearch } from '@tabler/icons-react';
import { type ReactNode, useDeferredValue, useMemo, useState } from 'react';
import { useWords } from '../strings/index.ts';
import type { Cast } from './cast.ts';
import classes from './replay.module.css';
import { search, shownIn } from './search.ts';

export type FindInRecordingProps = {
  readonly cast: Cast;
  /** As in the player, whose times are without what is jumped over. */
  readonly longestPause: number | undefined;
  readonly go: (seconds: number) => void;
};

/** Finds words in what was shown, and goes to the moment at which they were. */
export function FindInRecording({ cast, longestPause, go }: FindInRecordingProps): ReactNode {
  const { strings, formats } = useWords();
  const words = strings.history.recording;
  const [wanted, setWanted] = useState('');
  const looked = useDeferredValue(wanted);
  const shown = useMemo(() => shownIn(cast, longestPause), [cast, longestPause]);
  const hits = useMemo(() => search(shown, looked), [shown, looked]);
  return (
    <div>
      <TextInput
        type="search"
        size="sm"
        label={words.find}
        leftSection={<IconSearch size={16} aria-hidden />}
        value={wanted}
        onChange={(event) => setWanted(event.currentTarget.value)}
      />
      {looked.trim() !== '' && (
        <>
          <Text size="sm" c="dimmed" mt="xs" role="status">
            {words.found(hits.length)}
          </Text>
          <ol className={classes['hits']}>
            {hits.map(({ place, at, before, words: found, after }) => (
              <li key={place}>
                <UnstyledButton className={classes['hit'] ?? ''} onClick={() => go(at)}>
                  <span className={classes['at']}>{formats.countdown(at * 1_000)}</span>
                  <span>
                    <Foreign mono text={before} />
                    <mark>
                      <Foreign mono text={found} />
                    </mark>
                    <Foreign mono text={after} />
                  </span>
                </UnstyledButton>
              </li>
            ))}
          </ol>
        </>
      )}
    </div>
  );
}
