import { Text } from '@mantine/core';
import { Loading, Panel, Rows } from '@sallyport/ui/page';
import { Foreign } from '@sallyport/ui/text';
import { IconCheck, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { answerOf, client } from '../api/client.ts';
import { Failed } from '../api/Failed.tsx';
import { useWords } from '../strings/index.ts';
import classes from './account.module.css';

/** When somebody signed in as oneself, or tried to. */
export function SignIns(): ReactNode {
  const { strings, formats } = useWords();
  const words = strings.account;
  const { data, error, refetch } = useQuery({
    queryKey: ['sign-ins'],
    queryFn: () => answerOf(client.GET('/v1/sign-ins')),
  });
  return (
    <Panel title={words.signIns}>
      {error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Loading label={strings.loading} shape={[120]} />
      ) : data.entries.length === 0 ? (
        <Text c="dimmed">{words.noSignIns}</Text>
      ) : (
        <Rows tight>
          {data.entries.map(({ at, ok, address, agent }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two may be of the same moment
            <li key={index} className={classes['try']}>
              <time dateTime={at}>{formats.moment(at)}</time>
              <span className={classes['result']}>
                {ok ? <IconCheck size={16} aria-hidden /> : <IconX size={16} aria-hidden />}
                {ok ? words.ok : words.failed}
              </span>
              <Text size="sm" c="dimmed" component="span">
                <Foreign text={address} /> · <Foreign text={agent} most={80} />
              </Text>
            </li>
          ))}
        </Rows>
      )}
    </Panel>
  );
}
