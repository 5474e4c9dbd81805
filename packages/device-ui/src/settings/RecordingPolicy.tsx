import { Radio, Stack, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useWords } from '../strings/index.ts';
import { SettingForm } from './SettingForm.tsx';
import { type Settings, useChangeSettings } from './settings.ts';

const bounds = { keepDays: [1, 3_650], maxMb: [16, 10_000_000] } as const;

/** How long recordings are kept, how much room they have, and what happens when the disk takes none. */
export function RecordingPolicy({ settings: { recordings } }: { readonly settings: Settings }): ReactNode {
  const { strings } = useWords();
  const words = strings.settings.recordings;
  const [keepDays, setKeepDays] = useState(String(recordings.keepDays));
  const [maxMb, setMaxMb] = useState(String(recordings.maxMb));
  const [onFull, setOnFull] = useState(recordings.onFull);
  const [tried, setTried] = useState(false);
  const change = useChangeSettings();
  const goodDays = isWithin(keepDays, bounds.keepDays);
  const goodMb = isWithin(maxMb, bounds.maxMb);
  const save = (): void => {
    setTried(true);
    if (!goodDays || !goodMb) return;
    change.mutate({ recordings: { keepDays: Number(keepDays), maxMb: Number(maxMb), onFull } });
  };
  return (
    <SettingForm title={words.title} text={words.text} change={change} save={save}>
      <TextInput
        maw={420}
        label={words.keepDays}
        inputMode="numeric"
        value={keepDays}
        onChange={(event) => setKeepDays(event.currentTarget.value)}
        error={tried && !goodDays ? words.between(...bounds.keepDays) : undefined}
      />
      <TextInput
        maw={420}
        label={words.maxMb}
        description={words.maxMbText}
        inputMode="numeric"
        value={maxMb}
        onChange={(event) => setMaxMb(event.currentTarget.value)}
        error={tried && !goodMb ? words.between(...bounds.maxMb) : undefined}
      />
      <Radio.Group
        label={words.onFull}
        value={onFull}
        onChange={(value) => setOnFull(value === 'mark' ? 'mark' : 'close')}
      >
        <Stack gap="sm" mt="sm">
          <Radio value="close" label={words.close} description={words.closeText} />
          <Radio value="mark" label={words.mark} description={words.markText} />
        </Stack>
      </Radio.Group>
    </SettingForm>
  );
}

const isWithin = (text: string, [least, most]: readonly [number, number]): boolean =>
  /^\d{1,9}$/.test(text.trim()) && Number(text) >= least && Number(text) <= most;
