import { Text } from '@mantine/core';
import { Panel } from '@sallyport/ui/page';
import { Foreign } from '@sallyport/ui/text';
import { IconCheck, IconX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useWords } from '../strings/index.ts';
import { useFindings } from './findings.ts';
import classes from './test.module.css';
import type { ConnectionTest } from './withNewest.ts';

const shown = 10;

/** How earlier tests ended, to compare. */
export function EarlierTests({ tests }: { readonly tests: readonly ConnectionTest[] }): ReactNode {
  const { strings, formats } = useWords();
  const words = strings.test;
  const { verdictText } = useFindings();
  const over = tests.filter(({ verdict }) => verdict).slice(0, shown);
  if (over.length === 0) return null;
  return (
    <Panel title={words.earlier}>
      <ul className={classes['earlier']}>
        {over.map(({ id, startedAt, verdict }) => (
          <li key={id}>
            {verdict?.code === 'reachable' ? (
              <IconCheck size={16} aria-label={words.ok} />
            ) : (
              <IconX size={16} aria-label={words.failed} />
            )}
            <div>
              <Text size="sm">{verdict && <Foreign text={verdictText(verdict)} most={400} />}</Text>
              <Text size="xs" c="dimmed">
                {formats.moment(startedAt)}
              </Text>
            </div>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
