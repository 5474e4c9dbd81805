import { PasswordInput, Radio, Stack, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useWords } from '../strings/index.ts';
import { SettingForm } from './SettingForm.tsx';
import { type Settings, type SettingsChange, useChangeSettings } from './settings.ts';

const usualPorts = { http: '3128', socks5: '1080' } as const;
type Kind = 'none' | keyof typeof usualPorts;

/** What the device goes through to the relay, where its network has a proxy for what goes out. */
export function SiteProxy({ settings: { proxy } }: { readonly settings: Settings }): ReactNode {
  const { strings } = useWords();
  const words = strings.settings.proxy;
  const [kind, setKind] = useState<Kind>(proxy?.kind ?? 'none');
  const [values, setValues] = useState(() => ({
    host: proxy?.host ?? '',
    port: proxy ? String(proxy.port) : '',
    name: proxy?.name ?? '',
    password: '',
  }));
  const [tried, setTried] = useState(false);
  const change = useChangeSettings();
  const set = (name: keyof typeof values) => (event: { currentTarget: { value: string } }) => {
    const { value } = event.currentTarget;
    setValues((before) => ({ ...before, [name]: value }));
  };
  const goodHost = /^[^\s/@?#]{1,253}$/.test(values.host.trim());
  const port = kind === 'none' || values.port.trim() !== '' ? values.port.trim() : usualPorts[kind];
  const goodPort = /^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535;
  const save = (): void => {
    setTried(true);
    if (kind === 'none') {
      change.mutate({ proxy: null });
      return;
    }
    if (!goodHost || !goodPort) return;
    change.mutate(
      { proxy: proxyFrom(kind, { ...values, port }) },
      { onSuccess: () => setValues((before) => ({ ...before, password: '' })) },
    );
  };
  const kept = proxy?.hasPassword === true && isSame(proxy, kind, { ...values, port });
  return (
    <SettingForm title={words.title} text={words.text} change={change} save={save}>
      <Radio.Group
        value={kind}
        onChange={(value) => setKind(value === 'http' || value === 'socks5' ? value : 'none')}
        aria-label={words.title}
      >
        <Stack gap="sm">
          <Radio value="none" label={words.none} />
          <Radio value="http" label={words.http} />
          <Radio value="socks5" label={words.socks5} />
        </Stack>
      </Radio.Group>
      {kind !== 'none' && (
        <>
          <TextInput
            maw={420}
            label={words.host}
            value={values.host}
            onChange={set('host')}
            error={tried && !goodHost ? words.hostWrong : undefined}
          />
          <TextInput
            maw={420}
            label={words.port}
            placeholder={usualPorts[kind]}
            inputMode="numeric"
            value={values.port}
            onChange={set('port')}
            error={tried && !goodPort ? words.portWrong : undefined}
          />
          <TextInput
            maw={420}
            label={words.name}
            description={words.nameText}
            autoComplete="off"
            value={values.name}
            onChange={set('name')}
          />
          {values.name !== '' && (
            <PasswordInput
              maw={420}
              label={words.password}
              description={kept ? words.passwordKept : undefined}
              autoComplete="new-password"
              visibilityToggleButtonProps={{ 'aria-label': strings.signIn.show }}
              value={values.password}
              onChange={set('password')}
            />
          )}
        </>
      )}
    </SettingForm>
  );
}

type Values = {
  readonly host: string;
  readonly port: string;
  readonly name: string;
  readonly password: string;
};

/** A password that was not typed is left out: then the one before stays. */
function proxyFrom(
  kind: keyof typeof usualPorts,
  { host, port, name, password }: Values,
): NonNullable<SettingsChange['proxy']> {
  return {
    kind,
    host: host.trim().replace(/^\[|\]$/g, ''),
    port: Number(port),
    ...(name === '' ? {} : { name }),
    ...(name === '' || password === '' ? {} : { password }),
  };
}

const isSame = (
  known: NonNullable<Settings['proxy']>,
  kind: Kind,
  { host, port, name }: Omit<Values, 'password'>,
): boolean =>
  known.kind === kind &&
  known.host === host.trim() &&
  known.port === Number(port) &&
  (known.name ?? '') === name;
