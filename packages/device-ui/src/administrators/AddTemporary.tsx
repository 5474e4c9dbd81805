import { Button, Group, Modal, Radio, Stack, Text, TextInput } from '@mantine/core';
import { CopyButton } from '@sallyport/ui/copy';
import { Notice } from '@sallyport/ui/page';
import { Foreign } from '@sallyport/ui/text';
import { type FormEvent, type ReactNode, useRef, useState } from 'react';
import { Failed, useSentences } from '../api/Failed.tsx';
import { wrongIn, wrongName } from '../api/fieldErrors.ts';
import { useStatus } from '../api/status.ts';
import { Act } from '../live/Act.tsx';
import { ChooseDuration } from '../remoteSupport/ChooseDuration.tsx';
import { useWords } from '../strings/index.ts';
import type { DialogProps } from './AddAdministrator.tsx';
import classes from './administrators.module.css';
import { type Temporary, useAddTemporary } from './administrators.ts';

/** An administrator who ends by themselves, so that nobody tells a password of their own. */
export function AddTemporary({ opened, close }: DialogProps): ReactNode {
  const { strings } = useWords();
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={strings.administrators.addTemporary}
      closeButtonProps={{ 'aria-label': strings.close }}
    >
      <Steps close={close} />
    </Modal>
  );
}

function Steps({ close }: Pick<DialogProps, 'close'>): ReactNode {
  const [made, setMade] = useState<Temporary>();
  return made ? <ShownOnce made={made} close={close} /> : <Form close={close} done={setMade} />;
}

function Form({ close, done }: Pick<DialogProps, 'close'> & { done: (made: Temporary) => void }): ReactNode {
  const { strings } = useWords();
  const words = strings.administrators;
  const sentences = useSentences();
  const enabled = (useStatus().data?.status.state ?? 'disabled') !== 'disabled';
  const [name, setName] = useState('');
  const [until, setUntil] = useState<'grant' | 'time'>(enabled ? 'grant' : 'time');
  const [ms, setMs] = useState<number | undefined>(4 * 3_600_000);
  const add = useAddTemporary();
  const wrong = wrongIn(add.error, wrongName);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (until === 'time' && ms === undefined) return;
    const own = name.trim();
    add.mutate(
      {
        ...(own === '' ? {} : { name: own }),
        until: until === 'grant' || ms === undefined ? 'grant' : { ms },
      },
      { onSuccess: done },
    );
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          {words.temporaryText}
        </Text>
        <TextInput
          label={strings.signIn.name}
          description={words.nameOptional}
          maxLength={64}
          autoComplete="off"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={wrong && sentences({ ...wrong, code: wrong.code, text: wrong.message }).text}
        />
        <Radio.Group
          label={words.ends}
          value={until}
          onChange={(value) => setUntil(value === 'grant' ? 'grant' : 'time')}
        >
          <Stack gap="xs" mt="xs">
            <Radio
              value="grant"
              label={words.endsWithGrant}
              description={enabled ? words.endsWithGrantText : words.noGrant}
              disabled={!enabled}
            />
            <Radio value="time" label={words.endsAtTime} />
          </Stack>
        </Radio.Group>
        {until === 'time' && <ChooseDuration forMs={ms} change={setMs} label={words.endsAfter} />}
        {!wrong && <Failed error={add.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {strings.cancel}
          </Button>
          <Act type="submit" loading={add.isPending}>
            {words.addIt}
          </Act>
        </Group>
      </Stack>
    </form>
  );
}

/** Name and password, shown this once. */
function ShownOnce({ made, close }: { readonly made: Temporary; readonly close: () => void }): ReactNode {
  const { strings, formats } = useWords();
  const words = strings.administrators;
  const password = useRef<HTMLDivElement>(null);
  return (
    <Stack gap="md">
      <Notice kind="warning" title={words.once} />
      <div>
        <Text size="sm" c="dimmed">
          {strings.signIn.name}
        </Text>
        <Text fw={600} size="lg">
          <Foreign text={made.name} />
        </Text>
      </div>
      <div>
        <Text size="sm" c="dimmed">
          {strings.signIn.password}
        </Text>
        <div ref={password} className={classes['secret']}>
          {made.password}
        </div>
      </div>
      <Text size="sm">{words.until(formats.moment(made.until))}</Text>
      <Group justify="space-between">
        <CopyButton value={made.password} words={strings.copy} label={words.copyPassword} from={password} />
        <Button onClick={close}>{words.written}</Button>
      </Group>
    </Stack>
  );
}
