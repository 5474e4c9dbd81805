import { Text, Title } from '@mantine/core';
import { type ReactNode, useEffect, useRef } from 'react';
import classes from './page.module.css';

export type PageHeadingProps = {
  readonly title: string;
  /** One line under it: what this page is for. */
  readonly lead?: string;
  /** The name of the whole, for the window's title. */
  readonly of: string;
  readonly children?: ReactNode;
};

let firstPage = true;

/** The heading of a page. Whoever comes from another page finds the focus here. */
export function PageHeading({ title, lead, of, children }: PageHeadingProps): ReactNode {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · ${of}`;
  }, [title, of]);
  useEffect(() => {
    if (!firstPage) heading.current?.focus();
    firstPage = false;
  }, []);
  return (
    <header className={classes['heading']}>
      <div className={classes['titles']}>
        <Title order={1} tabIndex={-1} ref={heading} className={classes['title']}>
          {title}
        </Title>
        {lead !== undefined && (
          <Text c="dimmed" className={classes['lead']}>
            {lead}
          </Text>
        )}
      </div>
      {children && <div className={classes['beside']}>{children}</div>}
    </header>
  );
}
