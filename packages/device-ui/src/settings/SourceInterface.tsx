import { Radio, Stack } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useNetwork } from '../network/network.ts';
import { useWords } from '../strings/index.ts';
import { SettingForm } from './SettingForm.tsx';
import { type Settings, useChangeSettings } from './settings.ts';

const any = '';

/** From which of its network ports the device calls out. */
export function SourceInterface({
  settings: { sourceInterface },
}: {
  readonly settings: Settings;
}): ReactNode {
  const { strings } = useWords();
  const words = strings.settings.source;
  const [name, setName] = useState(sourceInterface ?? any);
  const { data } = useNetwork();
  const change = useChangeSettings();
  const known = new Map(
    (data?.interfaces ?? []).map((one) => [one.name, one.addresses.map(({ address }) => address).join(', ')]),
  );
  if (sourceInterface !== null && !known.has(sourceInterface)) known.set(sourceInterface, '');
  return (
    <SettingForm
      title={words.title}
      text={words.text}
      change={change}
      save={() => change.mutate({ sourceInterface: name === any ? null : name })}
    >
      <Radio.Group value={name} onChange={setName} aria-label={words.title}>
        <Stack gap="sm">
          <Radio value={any} label={words.any} description={words.anyText} />
          {[...known].map(([one, addresses]) => (
            <Radio key={one} value={one} label={one} description={addresses || words.noAddress} />
          ))}
        </Stack>
      </Radio.Group>
    </SettingForm>
  );
}
