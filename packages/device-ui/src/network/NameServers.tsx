import { Text } from '@mantine/core';
import { Notice, Panel } from '@sallyport/ui/page';
import { Foreign } from '@sallyport/ui/text';
import type { ReactNode } from 'react';
import { useWords } from '../strings/index.ts';
import classes from './network.module.css';
import type { Network } from './network.ts';

/** Whom this device asks for the address of a name. */
export function NameServers({ servers }: { readonly servers: Network['dns'] }): ReactNode {
  const { strings } = useWords();
  const words = strings.network;
  return (
    <Panel title={words.dns}>
      {servers.length === 0 && <Notice kind="warning" title={words.noDns} />}
      <ul className={classes['addresses']}>
        {servers.map(({ address, by }) => (
          <li key={address}>
            <Foreign mono text={address} />{' '}
            <Text size="sm" c="dimmed" component="span">
              {words.dnsBy[by]}
            </Text>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
