import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useWords } from '../strings/index.ts';
import icon from './icon.svg';
import classes from './shell.module.css';

export function Brand(): ReactNode {
  const { strings } = useWords();
  return (
    <Link to="/remote-support" className={classes['brand'] ?? ''}>
      <img src={icon} alt="" width={30} height={30} />
      <span className={classes['brandText']}>{strings.menu.care}</span>
    </Link>
  );
}
