import { Text } from '@mantine/core';
import { Panel } from '@sallyport/ui/page';
import { Foreign } from '@sallyport/ui/text';
import { IconCheck, IconX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useWords } from '../strings/index.ts';
import classes from './test.module.css';
import type { ConnectionTest } from './withNewest.ts';

/** What the name of the relay leads to, and what each DNS server says of it. */
export function NameLookup({ test }: { readonly test: ConnectionTest }): ReactNode {
  const { strings, formats } = useWords();
  const words = strings.test;
  const { name, host, addresses, servers } = test;
  if (!name) return null;
  return (
    <Panel title={words.name}>
      <div className={classes['reached']}>
        {name.ok ? (
          <IconCheck size={16} aria-label={words.ok} />
        ) : (
          <IconX size={16} aria-label={words.failed} />
        )}
        <Text size="sm" component="span">
          <Foreign mono text={host} /> {name.ok ? words.leadsTo : words.leadsNowhere}{' '}
          {name.ok && <Foreign mono text={addresses.join(', ')} />}
        </Text>
        <span className={classes['ms']}>{formats.milliseconds(name.ms)}</span>
      </div>
      {servers.length > 0 && (
        <ul className={classes['servers']}>
          {servers.map(({ address, outcome, addresses: told, ms }) => (
            <li key={address}>
              <Foreign mono text={address} /> {words.outcomes[outcome]}{' '}
              {told.length > 0 && <Foreign mono text={told.join(', ')} />}{' '}
              <span className={classes['ms']}>{formats.milliseconds(ms)}</span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
