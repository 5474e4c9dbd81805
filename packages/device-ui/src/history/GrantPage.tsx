import { Anchor, Badge, Stack, Text } from '@mantine/core';
import { Loading, Notice, PageHeading, Panel } from '@sallyport/ui/page';
import { Foreign } from '@sallyport/ui/text';
import { IconArrowLeft } from '@tabler/icons-react';
import { Link, useParams } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { Failed } from '../api/Failed.tsx';
import { Terms } from '../remoteSupport/Terms.tsx';
import { useWords } from '../strings/index.ts';
import { Acts } from './Acts.tsx';
import { Entries } from './AuditLog.tsx';
import { Facts } from './Facts.tsx';
import { type Grant, useGrant, useRecordings } from './grants.ts';
import classes from './history.module.css';
import { PastRefusals } from './PastRefusals.tsx';
import { PastSessionPanel } from './PastSessionPanel.tsx';
import { Report } from './Report.tsx';

/** One time that Remote Support was enabled: who allowed what, who came, what they did, how it ended. */
export function GrantPage(): ReactNode {
  const { strings, formats } = useWords();
  const words = strings.history.grant;
  const { grant: id } = useParams({ from: '/inside/history/grants/$grant' });
  const { data, error, refetch } = useGrant(id);
  return (
    <Stack gap="lg">
      <Anchor component={Link} to="/history" size="sm" className={classes['back'] ?? ''}>
        <IconArrowLeft size={16} aria-hidden /> {strings.menu.history}
      </Anchor>
      <PageHeading
        title={data ? words.title(formats.moment(data.from)) : strings.menu.history}
        of={strings.menu.care}
      >
        {data?.to === undefined && data && (
          <Badge size="lg" variant="light" color="green">
            {strings.history.grants.open}
          </Badge>
        )}
        {data && <Report grant={id} />}
      </PageHeading>
      {data ? (
        <Whole grant={data} />
      ) : error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : (
        <Loading label={strings.loading} shape={[180, 320]} />
      )}
    </Stack>
  );
}

function Whole({ grant }: { readonly grant: Grant }): ReactNode {
  const { strings } = useWords();
  const words = strings.history.grant;
  const recordings = useRecordings(grant.grant);
  const [all, setAll] = useState(false);
  return (
    <>
      {grant.truncated && <Notice kind="warning" title={words.truncated} />}
      <div className={classes['side']}>
        <Panel title={words.about}>
          <About grant={grant} />
        </Panel>
        <Panel title={words.allowed}>
          <Terms scopes={grant.scopes} approval={grant.approval} reference={grant.reference} />
        </Panel>
      </div>
      {grant.sessions.length === 0 && (
        <Panel title={words.sessions}>
          <Text c="dimmed">{words.nobody}</Text>
        </Panel>
      )}
      {grant.sessions.map((session, index) => (
        <PastSessionPanel
          key={session.id}
          session={session}
          number={index + 1}
          recordings={recordings.data ?? []}
        />
      ))}
      <Failed error={recordings.error} retry={() => void recordings.refetch()} />
      {grant.refusals.length > 0 && (
        <Panel title={words.refusals}>
          <PastRefusals refusals={grant.refusals} />
        </Panel>
      )}
      {grant.acts.length > 0 && (
        <Panel title={words.acts}>
          <Acts acts={grant.acts} />
        </Panel>
      )}
      <details className={classes['all']} onToggle={(event) => setAll(event.currentTarget.open)}>
        <summary>{words.all}</summary>
        {all && (
          <Stack gap="lg" mt="md">
            <Entries show="all" filter={{ grant: grant.grant }} />
          </Stack>
        )}
      </details>
    </>
  );
}

function About({ grant }: { readonly grant: Grant }): ReactNode {
  const { strings, formats } = useWords();
  const words = strings.history.grant;
  const { enabledBy, from, to, why, endedBy, ports, clock, representatives } = grant;
  const ends: { readonly [why: string]: string } = strings.history.grants.why;
  const clocks: { readonly [clock: string]: string } = words.clocks;
  const said = (name: string | undefined): ReactNode =>
    name !== undefined && <Foreign text={name} most={128} />;
  return (
    <Facts
      facts={[
        [words.enabledBy, said(enabledBy)],
        [words.from, formats.moment(from)],
        [words.to, to === undefined ? strings.history.grants.open : formats.moment(to)],
        [words.why, why !== undefined && (ends[why] ?? <Foreign text={why} />)],
        [words.endedBy, said(endedBy)],
        [words.ports, ports.length > 0 && ports.join(', ')],
        [
          words.who,
          representatives.length > 0 && (
            <Foreign text={formats.list(representatives.map(({ name }) => name))} />
          ),
        ],
        [words.clock, clock !== undefined && (clocks[clock] ?? clock)],
      ]}
    />
  );
}
