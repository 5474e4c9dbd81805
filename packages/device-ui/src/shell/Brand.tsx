import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useMe } from '../api/me.ts';
import { DeviceName } from './DeviceName.tsx';
import icon from './icon.svg';
import classes from './shell.module.css';

/** Whose device this is, at the head of every page. */
export function Brand(): ReactNode {
  const device = useMe().data?.device;
  return (
    <Link to="/remote-support" className={classes['brand'] ?? ''}>
      <img src={icon} alt="" width={32} height={32} />
      <span className={classes['brandText']}>
        <DeviceName device={device} />
      </span>
    </Link>
  );
}
