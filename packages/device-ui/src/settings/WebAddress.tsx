import { FileInput, Group, Radio, Stack, Text, TextInput } from '@mantine/core';
import { Notice, Panel } from '@sallyport/ui/page';
import { Foreign } from '@sallyport/ui/text';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Failed, useSentences } from '../api/Failed.tsx';
import { wrongIn } from '../api/fieldErrors.ts';
import { Act } from '../live/Act.tsx';
import { useWords } from '../strings/index.ts';
import type { Settings } from './settings.ts';
import { WebTrialNotice } from './WebTrialNotice.tsx';
import { useBeginWebTrial, useWebTrial } from './webTrial.ts';
import { type Choice, type Unfit, unfit, wishOf } from './webWish.ts';

/** Where these pages are, and the certificate that browsers see. */
export function WebAddress({ settings: { web } }: { readonly settings: Settings }): ReactNode {
  const { strings } = useWords();
  const words = strings.settings;
  const trial = useWebTrial().data;
  return (
    <Panel title={words.web}>
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          {words.webText}
        </Text>
        {web && (
          <Text>
            <Foreign mono text={web.url} />
          </Text>
        )}
        {web?.fingerprint !== undefined && (
          <div>
            <Text size="sm" c="dimmed">
              {web.supplied ? words.certificateSupplied : words.certificateOwn}
            </Text>
            <Text size="sm">
              <Foreign mono text={web.fingerprint} />
            </Text>
          </div>
        )}
        {trial && <WebTrialNotice trial={trial} />}
        {trial && !trial.standing && (
          <ChangeWeb key={web?.address} address={web?.address ?? ''} certificate={trial.certificate} />
        )}
      </Stack>
    </Panel>
  );
}

function ChangeWeb({
  address: now,
  certificate,
}: {
  readonly address: string;
  readonly certificate: 'own' | 'uploaded' | 'configured';
}): ReactNode {
  const { strings } = useWords();
  const words = strings.settings.webChange;
  const sentences = useSentences();
  const [address, setAddress] = useState(now);
  const [choice, setChoice] = useState<Choice>('stays');
  const [files, setFiles] = useState<{ certificate: File | null; key: File | null }>({
    certificate: null,
    key: null,
  });
  const [wrong, setWrong] = useState<Unfit>();
  const begin = useBeginWebTrial();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const wanted = await wishOf(address.trim() === now ? undefined : address.trim(), choice, files);
    if (typeof wanted !== 'string') return begin.mutate(wanted);
    begin.reset();
    setWrong(wanted);
  };
  const atAddress = wrongIn(begin.error, ['web-address-malformed', 'address-in-use']);
  const atFiles = wrongIn(begin.error, ['web-certificate-invalid']);
  const said = (error: typeof atAddress): string | undefined => {
    const told = error && sentences({ ...error, code: error.code, text: error.message });
    return told && `${told.text} ${told.next}`;
  };
  const wrongFile = (which: 'certificate' | 'key'): string | undefined => {
    if (wrong === 'missing' && files[which] === null) return words.missing;
    return wrong === unfit[which] ? words.unread : undefined;
  };
  return (
    <form onSubmit={(event) => void submit(event)} onChange={() => setWrong(undefined)} noValidate>
      <Stack gap="md">
        <TextInput
          maw={420}
          label={words.address}
          description={words.addressText}
          value={address}
          onChange={(event) => setAddress(event.currentTarget.value)}
          error={said(atAddress)}
        />
        <Radio.Group
          label={words.certificate}
          description={words.certificateText}
          value={choice}
          onChange={(value) => setChoice(value === 'own' || value === 'upload' ? value : 'stays')}
        >
          <Stack gap="sm" mt="sm">
            <Radio value="stays" label={words.stays} />
            {certificate !== 'own' && <Radio value="own" label={words.own} />}
            <Radio value="upload" label={words.upload} />
          </Stack>
        </Radio.Group>
        {choice === 'upload' && (
          <>
            <FileInput
              maw={420}
              label={words.file}
              accept=".pem,.crt,.cer"
              value={files.certificate}
              onChange={(file) => setFiles((before) => ({ ...before, certificate: file }))}
              error={said(atFiles) ?? wrongFile('certificate')}
            />
            <FileInput
              maw={420}
              label={words.key}
              accept=".pem,.key"
              value={files.key}
              onChange={(file) => setFiles((before) => ({ ...before, key: file }))}
              error={wrongFile('key')}
            />
          </>
        )}
        <Text size="sm" c="dimmed">
          {words.takenBack}
        </Text>
        {!atAddress && !atFiles && <Failed error={begin.error} />}
        {wrong === 'nothing' && <Notice kind="bad" title={words.nothing} />}
        <Group>
          <Act type="submit" variant="light" loading={begin.isPending}>
            {words.apply}
          </Act>
        </Group>
      </Stack>
    </form>
  );
}
