import { Badge, Group, Text } from '@mantine/core';
import { Panel, Rows } from '@sallyport/ui/page';
import { Foreign } from '@sallyport/ui/text';
import { IconPlugConnected, IconPlugConnectedX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useWords } from '../strings/index.ts';
import classes from './network.module.css';
import type { Interface } from './network.ts';

/** Each network port: whether a cable leads somewhere, and its addresses. */
export function Interfaces({ interfaces }: { readonly interfaces: readonly Interface[] }): ReactNode {
  const { strings } = useWords();
  const words = strings.network;
  return (
    <Panel title={words.interfaces}>
      {interfaces.length === 0 ? (
        <Text c="dimmed">{words.noInterfaces}</Text>
      ) : (
        <Rows>
          {interfaces.map((one) => (
            <li key={one.name}>
              <InterfaceLine one={one} />
            </li>
          ))}
        </Rows>
      )}
    </Panel>
  );
}

function InterfaceLine({ one }: { readonly one: Interface }): ReactNode {
  const { strings } = useWords();
  const words = strings.network;
  const { name, hardware, up, link, mtu, addresses } = one;
  const Icon = link ? IconPlugConnected : IconPlugConnectedX;
  return (
    <>
      <Group gap="sm">
        <Text fw={600}>
          <Foreign text={name} most={40} />
        </Text>
        <Badge variant="light" color={link ? 'green' : 'gray'} leftSection={<Icon size={14} aria-hidden />}>
          {link ? words.link : up ? words.noLink : words.off}
        </Badge>
        <Text size="sm" c="dimmed">
          {hardware !== '' && (
            <>
              <Foreign mono text={hardware} /> ·{' '}
            </>
          )}
          {words.mtu(String(mtu))}
        </Text>
      </Group>
      {addresses.length === 0 ? (
        <Text size="sm" c="dimmed">
          {words.noAddress}
        </Text>
      ) : (
        <ul className={classes['addresses']}>
          {addresses.map(({ address, prefix, by }) => (
            <li key={address}>
              <Foreign mono text={`${address}/${prefix}`} />
              {by !== undefined && (
                <Text size="sm" c="dimmed" component="span">
                  {' '}
                  {words.by[by]}
                </Text>
              )}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
