import { Paper, Title } from '@mantine/core';
import { type ReactNode, useId } from 'react';
import classes from './page.module.css';

export type PanelProps = {
  readonly title?: ReactNode;
  /** What stands at the right of the title. */
  readonly aside?: ReactNode;
  readonly children: ReactNode;
};

/** A part of a page, with a heading of its own. */
export function Panel({ title, aside, children }: PanelProps): ReactNode {
  const id = useId();
  return (
    <Paper
      component="section"
      withBorder
      radius="lg"
      className={classes['panel']}
      {...(title === undefined ? {} : { 'aria-labelledby': id })}
    >
      {title !== undefined && (
        <div className={classes['panelHead']}>
          <Title order={2} id={id}>
            {title}
          </Title>
          {aside}
        </div>
      )}
      {children}
    </Paper>
  );
}
