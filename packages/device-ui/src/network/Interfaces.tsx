import { Badge, Group, Text } from '@mantine/core';
import { Panel, Rows } from '@sallyport/ui/page';
import { Foreign } from '@sallyport/ui/text';
import { IconPlugConnected, IconPlugConnectedX } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { Act } from '../live/Act.tsx';
import { useWords } from '../strings/index.ts';
import { ChangeInterface } from './ChangeInterface.tsx';
import classes from './network.module.css';
import type { Interface, Network } from './network.ts';

/** Each network port: whether a cable leads somewhere, and its addresses. */
export function Interfaces({ network }: { readonly network: Network }): ReactNode {
  const { interfaces } = network;
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
              <InterfaceLine one={one} network={network} />
            </li>
          ))}
        </Rows>
      )}
    </Panel>
  );
}

function InterfaceLine({ one, network }: { readonly one: Interface; readonly network: Network }): ReactNode {
  const [open, setOpen] = useState(false);
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
        {network.manage && !open && (
          <Act
            size="compact-sm"
            variant="light"
            onClick={() => setOpen(true)}
            aria-label={words.change.changeOf(name)}
          >
            {words.change.change}
          </Act>
        )}
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
      {open && <ChangeInterface one={one} network={network} close={() => setOpen(false)} />}
    </>
  );
}
