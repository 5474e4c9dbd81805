import { FileInput, Group, Radio, Stack, Text, TextInput } from '@mantine/core';
import { Panel } from '@sallyport/ui/page';
import { Foreign } from '@sallyport/ui/text';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Failed, useSentences } from '../api/Failed.tsx';
import { wrongIn } from '../api/fieldErrors.ts';
import { Act } from '../live/Act.tsx';
import { useWords } from '../strings/index.ts';
import type { Settings } from './settings.ts';
import { WebTrialNotice } from './WebTrialNotice.tsx';
import { useBeginWebTrial, useWebTrial, type WebWish } from './webTrial.ts';

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

type Choice = 'stays' | 'own' | 'upload';

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
  const [tried, setTried] = useState(false);
  const begin = useBeginWebTrial();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setTried(true);
    const wanted = await wishOf(address.trim() === now ? undefined : address.trim(), choice, files);
    if (wanted) begin.mutate(wanted);
  };
  const atAddress = wrongIn(begin.error, ['web-address-malformed', 'address-in-use']);
  const atFiles = wrongIn(begin.error, ['web-certificate-invalid']);
  const said = (error: typeof atAddress): string | undefined => {
    const told = error && sentences({ ...error, code: error.code, text: error.message });
    return told && `${told.text} ${told.next}`;
  };
  const missing = (file: File | null): string | undefined =>
    tried && choice === 'upload' && file === null ? words.missing : undefined;
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
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
              error={said(atFiles) ?? missing(files.certificate)}
            />
            <FileInput
              maw={420}
              label={words.key}
              accept=".pem,.key"
              value={files.key}
              onChange={(file) => setFiles((before) => ({ ...before, key: file }))}
              error={missing(files.key)}
            />
          </>
        )}
        <Text size="sm" c="dimmed">
          {words.takenBack}
        </Text>
        {!atAddress && !atFiles && <Failed error={begin.error} />}
        <Group>
          <Act type="submit" variant="light" loading={begin.isPending}>
            {words.apply}
          </Act>
        </Group>
      </Stack>
    </form>
  );
}

/** Undefined where nothing is to be changed, or something is missing. */
async function wishOf(
  address: string | undefined,
  choice: Choice,
  { certificate, key }: { readonly certificate: File | null; readonly key: File | null },
): Promise<WebWish | undefined> {
  const where = address === undefined ? {} : { address: address.slice(0, 60) };
  if (choice === 'upload') {
    if (!certificate || !key) return undefined;
    return { ...where, certificate: { certificate: await certificate.text(), key: await key.text() } };
  }
  if (choice === 'own') return { ...where, certificate: 'own' };
  return address === undefined ? undefined : where;
}
