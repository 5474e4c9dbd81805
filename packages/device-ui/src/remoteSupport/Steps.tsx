import { Panel } from '@sallyport/ui/page';
import type { ReactNode } from 'react';
import { useWords } from '../strings/index.ts';
import classes from './support.module.css';

/** What happens when Remote Support is enabled, in three steps. */
export function Steps(): ReactNode {
  const { strings } = useWords();
  const words = strings.support.disabled;
  return (
    <Panel title={words.stepsTitle}>
      <ol className={classes['steps']}>
        {words.steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
    </Panel>
  );
}
