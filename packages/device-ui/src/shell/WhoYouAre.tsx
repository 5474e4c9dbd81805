import { NavLink } from '@mantine/core';
import { Foreign } from '@sallyport/ui/text';
import { IconUserCircle } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useMe } from '../api/me.ts';
import { useWords } from '../strings/index.ts';
import classes from './shell.module.css';

/** The own account, at the foot of the menu. */
export function WhoYouAre(): ReactNode {
  const { strings } = useWords();
  const me = useMe().data?.me;
  if (!me) return null;
  return (
    <NavLink
      component={Link}
      to="/account"
      label={<Foreign text={me.name} most={64} />}
      description={strings.account.title}
      leftSection={<IconUserCircle size={24} stroke={1.5} aria-hidden />}
      className={classes['item'] ?? ''}
      activeProps={{ 'data-active': true, 'aria-current': 'page' }}
    />
  );
}
