import { VisuallyHidden } from '@mantine/core';
import type { ReactNode, RefObject } from 'react';
import classes from './support.module.css';

/** Digits in groups, large; each read out by itself. */
export function Digits({
  groups,
  ref,
}: {
  readonly groups: readonly string[];
  readonly ref?: RefObject<HTMLSpanElement | null>;
}): ReactNode {
  return (
    <>
      <VisuallyHidden component="span">{[...groups.join('')].join(' ')}</VisuallyHidden>
      <span aria-hidden ref={ref} className={classes['digits']} data-digits={groups.join('-')}>
        {groups.map((group, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: groups have places, not names
          <span key={index}>{group}</span>
        ))}
      </span>
    </>
  );
}
