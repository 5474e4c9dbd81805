import type { ReactNode } from 'react';
import classes from './page.module.css';

export type RowsProps = {
  /** One `li` each. */
  readonly children: ReactNode;
  /** Little between one row and the next: for long lists of one line each. */
  readonly tight?: boolean;
};

/** Things of one kind, one under the other, with a line between them. */
export const Rows = ({ children, tight = false }: RowsProps): ReactNode => (
  <ul className={classes['rows']} data-tight={tight || undefined}>
    {children}
  </ul>
);
