import { Text } from '@mantine/core';
import { Panel } from '@sallyport/ui/page';
import { Foreign } from '@sallyport/ui/text';
import type { ReactNode } from 'react';
import { useWords } from '../strings/index.ts';
import { useFindings } from './findings.ts';
import classes from './test.module.css';
import type { Advice } from './withNewest.ts';

/** What may be wrong, and what to do about it: the most telling first. */
export function AdviceList({ advice }: { readonly advice: readonly Advice[] }): ReactNode {
  const { strings } = useWords();
  const { adviceText } = useFindings();
  return (
    <Panel title={strings.test.advice}>
      <ol className={classes['advice']}>
        {advice.map((one) => {
          const { text, next } = adviceText(one);
          return (
            <li key={one.code}>
              <Text fw={600} size="sm">
                <Foreign text={text} most={600} />
              </Text>
              <Text size="sm" c="dimmed">
                <Foreign text={next} most={600} />
              </Text>
            </li>
          );
        })}
      </ol>
    </Panel>
  );
}
