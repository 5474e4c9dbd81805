import { Table, Text } from '@mantine/core';
import { Loading, Panel } from '@sallyport/ui/page';
import { Foreign } from '@sallyport/ui/text';
import { IconCheck, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { answerOf, client } from '../api/client.ts';
import { Failed } from '../api/Failed.tsx';
import { useWords } from '../strings/index.ts';

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
        <Table.ScrollContainer minWidth={480}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{words.when}</Table.Th>
                <Table.Th>{words.how}</Table.Th>
                <Table.Th>{words.from}</Table.Th>
                <Table.Th>{words.browser}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {data.entries.map(({ at, ok, address, agent }, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: two may be of the same moment
                <Table.Tr key={index}>
                  <Table.Td>{formats.moment(at)}</Table.Td>
                  <Table.Td>
                    {ok ? <IconCheck size={16} aria-hidden /> : <IconX size={16} aria-hidden />}{' '}
                    {ok ? words.ok : words.failed}
                  </Table.Td>
                  <Table.Td>
                    <Foreign text={address} />
                  </Table.Td>
                  <Table.Td>
                    <Foreign text={agent} most={80} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Panel>
  );
}
