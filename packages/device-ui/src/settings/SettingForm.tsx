import { Group, Stack, Text } from '@mantine/core';
import { useAnnounce } from '@sallyport/ui/announce';
import { Panel } from '@sallyport/ui/page';
import { IconCheck } from '@tabler/icons-react';
import { type FormEvent, type ReactNode, useEffect } from 'react';
import { Failed } from '../api/Failed.tsx';
import { Act } from '../live/Act.tsx';
import { useWords } from '../strings/index.ts';

export type SettingFormProps = {
  readonly title: string;
  /** One line: what it does. */
  readonly text: string;
  readonly change: { readonly error: Error | null; readonly isPending: boolean; readonly isSuccess: boolean };
  readonly save: () => void;
  readonly children: ReactNode;
};

/** One group of settings, saved together. */
export function SettingForm({ title, text, change, save, children }: SettingFormProps): ReactNode {
  const { strings } = useWords();
  const announce = useAnnounce();
  useEffect(() => {
    if (change.isSuccess) announce(strings.settings.saved);
  }, [change.isSuccess, announce, strings]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    save();
  };
  return (
    <Panel title={title}>
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          <Text size="sm" c="dimmed">
            {text}
          </Text>
          {children}
          <Failed error={change.error} />
          <Group gap="md">
            <Act type="submit" variant="light" loading={change.isPending}>
              {strings.settings.save}
            </Act>
            {change.isSuccess && (
              <Group gap={4}>
                <IconCheck size={18} aria-hidden />
                <Text size="sm">{strings.settings.saved}</Text>
              </Group>
            )}
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}
