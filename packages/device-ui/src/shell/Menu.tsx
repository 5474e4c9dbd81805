import { NavLink } from '@mantine/core';
import {
  IconHeartHandshake,
  IconHistory,
  IconNetwork,
  IconPlugConnected,
  IconSettings,
  IconUsersGroup,
} from '@tabler/icons-react';
import { Link, type LinkProps } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { type Strings, useWords } from '../strings/index.ts';
import classes from './shell.module.css';

type Item = {
  readonly to: NonNullable<LinkProps['to']>;
  readonly name: keyof Strings['menu'];
  readonly icon: typeof IconHeartHandshake;
};

const care: readonly Item[] = [
  { to: '/remote-support', name: 'remoteSupport', icon: IconHeartHandshake },
  { to: '/connection-test', name: 'connectionTest', icon: IconPlugConnected },
  { to: '/history', name: 'history', icon: IconHistory },
];
const rest: readonly Item[] = [
  { to: '/administrators', name: 'administrators', icon: IconUsersGroup },
  { to: '/network', name: 'network', icon: IconNetwork },
  { to: '/settings', name: 'settings', icon: IconSettings },
];

/** System Care and what belongs to it; then what is about the device itself. */
export function Menu(): ReactNode {
  const { strings } = useWords();
  return (
    <>
      <p className={classes['group']}>{strings.menu.care}</p>
      <Items items={care} />
      <p className={classes['group']}>{strings.menu.device}</p>
      <Items items={rest} />
    </>
  );
}

function Items({ items }: { readonly items: readonly Item[] }): ReactNode {
  const { strings } = useWords();
  return (
    <ul className={classes['items']}>
      {items.map(({ to, name, icon: Icon }) => (
        <li key={name}>
          <NavLink
            component={Link}
            to={to}
            label={strings.menu[name]}
            leftSection={<Icon size={20} stroke={1.7} aria-hidden />}
            className={classes['item'] ?? ''}
            activeProps={{ 'data-active': true, 'aria-current': 'page' }}
          />
        </li>
      ))}
    </ul>
  );
}
