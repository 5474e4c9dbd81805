import type { ReactNode } from 'react';
import classes from './history.module.css';

/** Names and what belongs to each; one whose value is `false` is left out. */
export const Facts = ({
  facts,
}: {
  readonly facts: readonly (readonly [string, ReactNode])[];
}): ReactNode => (
  <dl className={classes['facts']}>
    {facts.map(
      ([name, value]) =>
        value !== false && (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ),
    )}
  </dl>
);
