import { Anchor, Stack } from '@mantine/core';
import { Loading, Notice, PageHeading, Panel } from '@sallyport/ui/page';
import { Foreign } from '@sallyport/ui/text';
import { IconArrowLeft } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { answerOf, client, fetchFile } from '../api/client.ts';
import { Failed } from '../api/Failed.tsx';
import { fileOf, type Recording } from '../history/grants.ts';
import { RecordingActions } from '../history/RecordingActions.tsx';
import { useWords } from '../strings/index.ts';
import { parseCast } from './cast.ts';
import { Replay } from './Replay.tsx';
import classes from './replay.module.css';

/** What is replayed in the page at the most, in bytes: more is to be downloaded. */
const replayCap = 32 * 1024 * 1024;

/** One recording: who it was, and what they saw, to be looked at again. */
export function ReplayPage(): ReactNode {
  const { strings, formats } = useWords();
  const words = strings.history.recording;
  const { recording: id } = useParams({ from: '/inside/history/recordings/$recording' });
  const { data, error, refetch } = useQuery({
    queryKey: ['recording', id],
    queryFn: () => answerOf(client.GET('/v1/recordings/{id}/about', { params: { path: { id } } })),
  });
  return (
    <Stack gap="lg">
      <Anchor
        component={Link}
        to={data ? `/history/grants/${data.grant}` : '/history'}
        size="sm"
        className={classes['back'] ?? ''}
      >
        <IconArrowLeft size={16} aria-hidden /> {strings.menu.history}
      </Anchor>
      <PageHeading
        title={data?.kind === 'command' ? words.command : words.terminal}
        {...(data?.from === undefined ? {} : { lead: formats.moment(data.from) })}
        of={strings.menu.care}
      />
      {data ? (
        <Panel
          title={
            <>
              <Foreign text={data.representative ?? ''} most={128} />
              {data.kind === 'command' && data.what !== undefined && (
                <>
                  {': '}
                  <Foreign mono text={data.what} />
                </>
              )}
            </>
          }
        >
          <Stack gap="lg">
            <Shown recording={data} />
            <RecordingActions recording={data} replay={false} />
          </Stack>
        </Panel>
      ) : error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : (
        <Loading label={strings.loading} shape={[420]} />
      )}
    </Stack>
  );
}

/** The recording itself, or why it is not shown here. */
function Shown({ recording: { id, bytes, state } }: { readonly recording: Recording }): ReactNode {
  const { strings, formats } = useWords();
  const words = strings.history.recording;
  const readable = state !== 'locked' && state !== 'unreadable';
  const small = bytes <= replayCap;
  const { data, error, refetch } = useQuery({
    queryKey: ['recording', id, 'file'],
    queryFn: async () => ({ cast: parseCast(await (await fetchFile(fileOf(id))).text()) }),
    enabled: readable && small,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  if (!readable) return <Notice kind="info" title={words.states[state]} />;
  if (!small) return <Notice kind="info" title={words.large(formats.bytes(bytes))} />;
  if (error) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Loading label={strings.loading} shape={[380]} />;
  return data.cast ? <Replay cast={data.cast} /> : <Notice kind="warning" title={words.states.unreadable} />;
}
