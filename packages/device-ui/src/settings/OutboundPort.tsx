import { Radio, Stack } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useWords } from '../strings/index.ts';
import { SettingForm } from './SettingForm.tsx';
import { type Settings, useChangeSettings } from './settings.ts';

/** By which port the device calls out. */
export function OutboundPort({ settings }: { readonly settings: Settings }): ReactNode {
  const { strings } = useWords();
  const words = strings.settings;
  const [port, setPort] = useState(String(settings.outboundPort));
  const change = useChangeSettings();
  return (
    <SettingForm
      title={words.outboundPort}
      text={words.outboundPortText}
      change={change}
      save={() => change.mutate({ outboundPort: port === 'automatic' ? port : Number(port) })}
    >
      <Radio.Group value={port} onChange={setPort} aria-label={words.outboundPort}>
        <Stack gap="sm">
          <Radio value="automatic" label={words.automatic} description={words.automaticText} />
          {settings.outboundPorts.map((one) => (
            <Radio key={one} value={String(one)} label={words.only(String(one))} />
          ))}
        </Stack>
      </Radio.Group>
    </SettingForm>
  );
}
