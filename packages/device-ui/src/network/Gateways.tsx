import { Text } from '@mantine/core';
import { Notice, Panel } from '@sallyport/ui/page';
import { Foreign } from '@sallyport/ui/text';
import type { ReactNode } from 'react';
import { useWords } from '../strings/index.ts';
import classes from './network.module.css';
import type { Network } from './network.ts';

/** The ways out of the own network, the one that is used first; and what was offered and is not used. */
export function Gateways({ network: { gateways, offered } }: { readonly network: Network }): ReactNode {
  const { strings } = useWords();
  const words = strings.network;
  const unused = offered.filter(({ gateway }) => !gateways.some(({ address }) => address === gateway));
  return (
    <Panel title={words.gateways}>
      {gateways.length === 0 && <Notice kind="warning" title={words.noGateway} />}
      <ul className={classes['addresses']}>
        {gateways.map(({ interface: name, address, family, metric, by }) => (
          <li key={`${name} ${address} ${family} ${metric}`}>
            <Foreign mono text={address === '' ? words.direct : address} />{' '}
            <Text size="sm" c="dimmed" component="span">
              <Foreign text={words.onInterface(name)} /> · IPv{family}
              {by !== undefined && ` · ${words.by[by]}`}
            </Text>
          </li>
        ))}
        {unused.map(({ interface: name, gateway }) => (
          <li key={`${name} ${gateway}`}>
            <Foreign mono text={gateway} />{' '}
            <Text size="sm" c="dimmed" component="span">
              <Foreign text={words.onInterface(name)} /> · {words.offered}
            </Text>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
