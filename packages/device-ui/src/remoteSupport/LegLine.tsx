import type { ReactNode } from 'react';
import classes from './path.module.css';
import type { LegLook } from './path.ts';

export type LegLineProps = { readonly look: LegLook; readonly word: string };

/** A leg as a line, with a word for how it stands. */
export function LegLine({ look, word }: LegLineProps): ReactNode {
  return (
    <>
      <svg className={classes['line']} aria-hidden="true" preserveAspectRatio="none" viewBox="0 0 100 100">
        <line x1="0" y1="50" x2="100" y2="50" className={classes['across']} />
        <line x1="50" y1="0" x2="50" y2="100" className={classes['down']} />
      </svg>
      <span className={classes['state']}>
        <Mark look={look} />
        {word}
      </span>
    </>
  );
}

/** A shape for each look, so that its colour is not needed. */
function Mark({ look }: Pick<LegLineProps, 'look'>): ReactNode {
  const shape = {
    good: <path d="M3 8.5l3.2 3L13 4.5" />,
    failed: <path d="M4 4l8 8M12 4l-8 8" />,
    lost: <path d="M4 4l8 8M12 4l-8 8" />,
    trying: <path d="M3 8h.01M8 8h.01M13 8h.01" />,
    waiting: <path d="M8 4.6V8l2.2 1.6M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0z" />,
    idle: <path d="M4 8h8" />,
    unknown: <path d="M5.4 5.6a2.6 2.6 0 1 1 3.7 2.6c-.8.5-1.1 1-1.1 1.8M8 13h.01" />,
  }[look];
  return (
    <svg className={classes['mark']} viewBox="0 0 16 16" aria-hidden="true">
      {shape}
    </svg>
  );
}
