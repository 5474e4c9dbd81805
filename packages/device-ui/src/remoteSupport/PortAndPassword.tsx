import { Group, Stack, Text } from '@mantine/core';
import { CopyButton } from '@sallyport/ui/copy';
import { Panel } from '@sallyport/ui/page';
import { Foreign } from '@sallyport/ui/text';
import { IconKey } from '@tabler/icons-react';
import { type ReactNode, useRef } from 'react';
import type { Status } from '../api/client.ts';
import { Failed } from '../api/Failed.tsx';
import { useMe } from '../api/me.ts';
import { Act } from '../live/Act.tsx';
import { useWords } from '../strings/index.ts';
import { useNewPassword, usePassword } from './actions.ts';
import { Digits } from './Digits.tsx';
import classes from './support.module.css';

/** The two numbers that are read out on the telephone. */
export function PortAndPassword({ status }: { readonly status: Status }): ReactNode {
  const { strings } = useWords();
  const words = strings.support.numbers;
  const mayConsent = useMe().data?.me?.mayConsent ?? false;
  const password = usePassword(status.otp === 'live' && mayConsent);
  const port = String(status.port ?? '');
  const otp = status.otp === 'live' ? password.data?.otp : undefined;
  return (
    <Panel title={status.otp === 'live' ? words.title : words.titleUsed}>
      <Stack gap="lg">
        <div className={classes['numbers']}>
          <PortNumber port={port} />
          <Password status={status} otp={otp} error={password.error} />
        </div>
        {otp !== undefined && (
          <div className={classes['say']}>
            <Text size="sm" c="dimmed">
              {words.sayTitle}
            </Text>
            <Text>
              {words.say(
                [...port].join(' '),
                otp
                  .split('-')
                  .map((group) => [...group].join(' '))
                  .join(', '),
              )}
            </Text>
            <Text size="sm" c="dimmed">
              {words.onlyToSupport}
            </Text>
          </div>
        )}
      </Stack>
    </Panel>
  );
}

function PortNumber({ port }: { readonly port: string }): ReactNode {
  const { strings } = useWords();
  const words = strings.support.numbers;
  const digits = useRef<HTMLSpanElement>(null);
  return (
    <div className={classes['number']}>
      <Text c="dimmed" fw={500}>
        {words.port}
      </Text>
      <Digits ref={digits} groups={[port.slice(0, 2), port.slice(2)]} />
      <CopyButton value={port} words={strings.copy} label={words.copyPort} from={digits} />
    </div>
  );
}

type PasswordProps = {
  readonly status: Status;
  readonly otp: string | undefined;
  readonly error: Error | null;
};

function Password({ status, otp, error }: PasswordProps): ReactNode {
  const { strings } = useWords();
  const words = strings.support.numbers;
  const digits = useRef<HTMLSpanElement>(null);
  const renew = useNewPassword();
  return (
    <div className={classes['number']}>
      <Text c="dimmed" fw={500}>
        {words.password}
      </Text>
      {otp === undefined ? <NoPassword status={status} /> : <Digits ref={digits} groups={otp.split('-')} />}
      <Group gap="xs">
        {otp !== undefined && (
          <CopyButton value={otp} words={strings.copy} label={words.copyPassword} from={digits} />
        )}
        <Act
          variant={otp === undefined ? 'filled' : 'subtle'}
          size="sm"
          leftSection={<IconKey size={16} aria-hidden />}
          loading={renew.isPending}
          onClick={() => renew.mutate()}
        >
          {words.newPassword}
        </Act>
      </Group>
      <Failed error={error ?? renew.error} />
    </div>
  );
}

/** A password that was used, and by whom; or that nobody can use any more. */
function NoPassword({ status }: { readonly status: Status }): ReactNode {
  const { strings } = useWords();
  const words = strings.support.numbers;
  const me = useMe().data?.me;
  if (status.otp === 'live') {
    if (me?.mayConsent) return <span className={classes['spentDigits']}>…</span>;
    return (
      <Text size="sm" c="dimmed">
        {words.hidden}
      </Text>
    );
  }
  const by = status.paired.at(-1);
  const spent = status.otp === 'spent';
  return (
    <>
      <span className={classes['spentDigits']}>
        {spent && by ? (
          <>
            {words.spentBy} <Foreign text={by.representative} />
          </>
        ) : spent ? (
          words.spent
        ) : (
          words.void
        )}
      </span>
      <Text size="sm" c="dimmed">
        {spent ? words.spentText : words.voidText}
      </Text>
    </>
  );
}
