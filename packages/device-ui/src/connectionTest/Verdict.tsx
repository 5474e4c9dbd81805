import { Loader, Stack, Text } from '@mantine/core';
import { useAnnounce } from '@sallyport/ui/announce';
import { CopyButton } from '@sallyport/ui/copy';
import { Panel } from '@sallyport/ui/page';
import { Foreign } from '@sallyport/ui/text';
import { IconCircleCheck, IconCircleX } from '@tabler/icons-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { Digits } from '../remoteSupport/Digits.tsx';
import { Hero } from '../remoteSupport/Hero.tsx';
import { useWords } from '../strings/index.ts';
import { useFindings } from './findings.ts';
import classes from './test.module.css';
import type { ConnectionTest } from './withNewest.ts';

/** The one sentence that a test ends with; and the code to read out, for whoever has no connection yet. */
export function Verdict({ test }: { readonly test: ConnectionTest }): ReactNode {
  const { strings, formats } = useWords();
  const words = strings.test;
  const { verdictText } = useFindings();
  const { running, verdict, startedAt, ms, host } = test;
  const told = verdict && !running ? verdictText(verdict) : undefined;
  const good = verdict?.code === 'reachable';
  useSaid(told);
  return (
    <Panel>
      <Stack gap="lg">
        {told === undefined ? (
          <Hero icon={<Loader size={26} aria-hidden />} color="gray" title={words.running}>
            <Foreign text={words.runningText(host)} />
          </Hero>
        ) : (
          <Hero
            icon={good ? <IconCircleCheck size={30} /> : <IconCircleX size={30} />}
            color={good ? 'green' : 'red'}
            title={<Foreign text={told} most={600} />}
          >
            {words.when(formats.moment(startedAt), formats.span(ms))}
          </Hero>
        )}
        {test.code !== null && <Code code={test.code} />}
      </Stack>
    </Panel>
  );
}

function Code({ code }: { readonly code: string }): ReactNode {
  const { strings } = useWords();
  const words = strings.test;
  const text = useRef<HTMLSpanElement>(null);
  return (
    <div className={classes['code']}>
      <div>
        <Text fw={600}>{words.code}</Text>
        <Text size="sm" c="dimmed">
          {words.codeText}
        </Text>
      </div>
      <Digits groups={code.split('-')} ref={text} />
      <CopyButton value={code} words={strings.copy} label={words.copyCode} from={text} />
    </div>
  );
}

/** The verdict is read out when it comes. */
function useSaid(told: string | undefined): void {
  const announce = useAnnounce();
  const before = useRef(told);
  useEffect(() => {
    if (told !== undefined && before.current === undefined) announce(told);
    before.current = told;
  }, [told, announce]);
}
