import { Text } from '@mantine/core';
import { CopyButton } from '@sallyport/ui/copy';
import { Panel } from '@sallyport/ui/page';
import { type ReactNode, useRef } from 'react';
import { useWords } from '../strings/index.ts';
import { useFindings } from './findings.ts';
import classes from './test.module.css';
import type { ConnectionTest } from './withNewest.ts';

/** What has to be allowed, to where: for whoever looks after the firewall. Nothing until that is known. */
export function FirewallText({ test }: { readonly test: ConnectionTest }): ReactNode {
  const { strings } = useWords();
  const words = strings.test;
  const text = useFindings().firewallText(test);
  const box = useRef<HTMLPreElement>(null);
  if (text === null) return null;
  return (
    <Panel
      title={words.firewall}
      aside={<CopyButton value={text} words={strings.copy} label={words.copyFirewall} from={box} />}
    >
      <Text size="sm" c="dimmed" mb="sm">
        {words.firewallText}
      </Text>
      <pre ref={box} className={classes['firewall']}>
        {text}
      </pre>
    </Panel>
  );
}
