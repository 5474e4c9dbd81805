import { Badge, Stack } from '@mantine/core';
import { Loading, Notice, PageHeading, Panel } from '@sallyport/ui/page';
import { IconCircleFilled } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Failed } from '../api/Failed.tsx';
import type { Known } from '../api/status.ts';
import { useStatus } from '../api/status.ts';
import { useWords } from '../strings/index.ts';
import { Disable } from './Disable.tsx';
import { EnableSupport } from './EnableSupport.tsx';
import { Notices } from './Notices.tsx';
import { NotLetIn } from './NotLetIn.tsx';
import { PathPicture } from './PathPicture.tsx';
import { PortAndPassword } from './PortAndPassword.tsx';
import { Steps } from './Steps.tsx';
import classes from './support.module.css';
import { Terms } from './Terms.tsx';
import { TimeLeft } from './TimeLeft.tsx';
import { WaitingForPort } from './WaitingForPort.tsx';
import { WhoAsks } from './WhoAsks.tsx';
import { WhoIsIn } from './WhoIsIn.tsx';
import { WhoWaits } from './WhoWaits.tsx';

/** The page that this interface exists for. */
export function RemoteSupport(): ReactNode {
  const { strings } = useWords();
  const { data: known, error, refetch } = useStatus();
  return (
    <Stack gap="lg">
      <PageHeading title={strings.menu.remoteSupport} lead={strings.support.lead} of={strings.menu.care}>
        {known && <StateBadge known={known} />}
        {known && known.status.state !== 'disabled' && <Disable status={known.status} />}
      </PageHeading>
      {known ? (
        <Standing known={known} />
      ) : error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : (
        <Loading label={strings.loading} shape={[220, 160]} />
      )}
    </Stack>
  );
}

function Standing({ known }: { readonly known: Known }): ReactNode {
  const { strings } = useWords();
  const { status } = known;
  switch (status.state) {
    case 'disabled':
      return (
        <>
          <Notices status={status} />
          {status.ended === 'expired' && <Notice kind="info" title={strings.support.disabled.expired} />}
          <EnableSupport />
          <Steps />
          <PathPicture status={status} />
        </>
      );
    case 'waiting':
      return (
        <>
          <Notices status={status} />
          <WaitingForPort status={status} />
          <PathPicture status={status} />
        </>
      );
    case 'open':
      return <Open known={known} />;
  }
}

function Open({ known }: { readonly known: Known }): ReactNode {
  const { strings } = useWords();
  const { status } = known;
  return (
    <>
      <WhoWaits waiting={status.waiting} />
      <WhoAsks asks={status.asks} />
      <Notices status={status} />
      {/* Whoever is in matters more than how the next one would get in. */}
      {status.sessions.length > 0 && <WhoIsIn status={status} />}
      <NotLetIn status={status} />
      <PortAndPassword status={status} />
      {status.sessions.length === 0 && <WhoIsIn status={status} />}
      <div className={classes['side']}>
        <TimeLeft known={known} />
        <Panel title={strings.support.terms.title}>
          <Terms {...status} />
        </Panel>
      </div>
      <PathPicture status={status} />
    </>
  );
}

function StateBadge({ known: { status } }: { readonly known: Known }): ReactNode {
  const { strings } = useWords();
  const words = strings.support.states;
  const [color, text] =
    status.sessions.length > 0
      ? (['green', words.in] as const)
      : (
          {
            disabled: ['gray', words.disabled],
            waiting: ['yellow', words.waiting],
            open: ['green', words.open],
          } as const
        )[status.state];
  return (
    <Badge size="lg" variant="light" color={color} leftSection={<IconCircleFilled size={10} aria-hidden />}>
      {text}
    </Badge>
  );
}
