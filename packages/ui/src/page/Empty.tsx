import { Text, ThemeIcon } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './page.module.css';

export type EmptyProps = {
  readonly icon: ReactNode;
  readonly title: string;
  /** What this is for. */
  readonly text: string;
  /** The one button. */
  readonly children?: ReactNode;
};

/** Nothing is here yet: what would be, and how it comes to be. */
export function Empty({ icon, title, text, children }: EmptyProps): ReactNode {
  return (
    <div className={classes['empty']}>
      <ThemeIcon variant="light" color="gray" size={56} radius="xl" aria-hidden>
        {icon}
      </ThemeIcon>
      <Text fw={600}>{title}</Text>
      <Text c="dimmed" size="sm" className={classes['emptyText']}>
        {text}
      </Text>
      {children}
    </div>
  );
}
