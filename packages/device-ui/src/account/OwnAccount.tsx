import { Button, Group, Stack, Text } from '@mantine/core';
import { PageHeading, Panel } from '@sallyport/ui/page';
import { Foreign } from '@sallyport/ui/text';
import { IconLogout } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { type Account, useMe, useSignOut } from '../api/me.ts';
import { useWords } from '../strings/index.ts';
import { ChangePassword } from './ChangePassword.tsx';
import { OneTimeCodes } from './OneTimeCodes.tsx';
import { SignIns } from './SignIns.tsx';

/** One's own account: its password, its second factor, and when somebody signed in to it. */
export function OwnAccount(): ReactNode {
  const { strings } = useWords();
  const me = useMe().data?.me;
  const signOut = useSignOut();
  if (!me) return null;
  return (
    <Stack gap="lg">
      <PageHeading title={strings.account.title} of={strings.menu.care}>
        <Button
          variant="default"
          leftSection={<IconLogout size={18} aria-hidden />}
          loading={signOut.isPending}
          onClick={() => signOut.mutate()}
        >
          {strings.account.signOut}
        </Button>
      </PageHeading>
      <Who me={me} />
      {me.mayConsent && <ChangePassword />}
      {me.mayConsent && <OneTimeCodes on={me.totp} />}
      <SignIns />
    </Stack>
  );
}

function Who({ me }: { readonly me: Account }): ReactNode {
  const { strings, formats } = useWords();
  const words = strings.account;
  return (
    <Panel>
      <Group justify="space-between">
        <Text fw={600} size="lg">
          <Foreign text={me.name} />
        </Text>
        <Text c="dimmed">{words.kinds[me.kind]}</Text>
      </Group>
      {me.until !== undefined && <Text size="sm">{words.until(formats.moment(me.until))}</Text>}
      {!me.mayConsent && <Text size="sm">{words.noConsent}</Text>}
    </Panel>
  );
}
