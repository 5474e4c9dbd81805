import { Text, VisuallyHidden } from '@mantine/core';
import { Panel } from '@sallyport/ui/page';
import { Foreign } from '@sallyport/ui/text';
import {
  IconBuilding,
  IconCloud,
  IconDevices2,
  IconHeadset,
  IconLock,
  IconServer2,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Status } from '../api/client.ts';
import { useSentences } from '../api/Failed.tsx';
import { useWords } from '../strings/index.ts';
import { LegLine } from './LegLine.tsx';
import classes from './path.module.css';
import { type Leg, type Station, wayOf } from './path.ts';

const icons = {
  device: IconDevices2,
  gateway: IconBuilding,
  internet: IconCloud,
  relay: IconServer2,
  representative: IconHeadset,
} as const;

/** The way from the device to the representative: each station, and how each leg between them stands. */
export function PathPicture({ status }: { readonly status: Status }): ReactNode {
  const { strings } = useWords();
  const words = strings.support.path;
  const { device, legs } = wayOf(status);
  const problem = device?.problem ?? legs.find(({ look }) => look === 'failed')?.problem;
  return (
    <Panel title={words.title}>
      <ol className={classes['way']}>
        <li className={classes['station']}>
          <Place station="device" />
        </li>
        {legs.map((leg) => (
          <li key={leg.to} className={classes['station']}>
            <Way leg={leg} />
            <Place station={leg.to} host={status.relay?.host} roundTripMs={leg.roundTripMs} />
          </li>
        ))}
      </ol>
      <Caption status={status} legs={legs} problem={problem} />
    </Panel>
  );
}

type PlaceProps = {
  readonly station: Station;
  readonly host?: string | undefined;
  /** From the device to there and back. */
  readonly roundTripMs?: number | undefined;
};

function Place({ station, host, roundTripMs }: PlaceProps): ReactNode {
  const { strings, formats } = useWords();
  const words = strings.support.path;
  const Icon = icons[station];
  return (
    <span className={classes['place']}>
      <Icon size={26} aria-hidden className={classes['icon']} />
      <span className={classes['about']}>
        <span className={classes['name']}>{words[station]}</span>
        {station === 'relay' && host !== undefined && (
          <Text size="xs" c="dimmed" component="span">
            <Foreign text={host} />
          </Text>
        )}
        {roundTripMs !== undefined && (
          <Text size="xs" c="dimmed" component="span" title={words.roundTripText}>
            {words.roundTrip(formats.milliseconds(Math.max(1, roundTripMs)))}
          </Text>
        )}
      </span>
    </span>
  );
}

/** How the way to a station stands, and what protects the bytes on it. */
function Way({ leg: { look, protects } }: { readonly leg: Leg }): ReactNode {
  const { strings } = useWords();
  const words = strings.support.path;
  return (
    <span className={classes['leg']} data-look={look}>
      <LegLine look={look} word={words.looks[look]} />
      <span className={classes['protects']}>
        {protects !== undefined && (
          <>
            <IconLock size={13} aria-hidden />
            <VisuallyHidden>{words.protectedBy} </VisuallyHidden>
            {words.protects[protects]}
          </>
        )}
      </span>
    </span>
  );
}

type CaptionProps = {
  readonly status: Status;
  readonly legs: readonly Leg[];
  readonly problem: Leg['problem'];
};

/** What the picture comes to: what will happen, why it ends where it ends, or what protects it. */
function Caption({ status, legs, problem }: CaptionProps): ReactNode {
  const { strings } = useWords();
  const words = strings.support.path;
  const sentences = useSentences();
  // What stands above on the page already is not said twice.
  const told = problem && problem.code !== status.problem?.code ? sentences(problem) : undefined;
  const protects = new Set(legs.map((leg) => leg.protects));
  const text = told
    ? `${told.text} ${told.next}`
    : status.state === 'disabled'
      ? words.before
      : protects.has('end-to-end')
        ? words.inner
        : protects.has('tls')
          ? words.outer
          : words.nothing;
  return (
    <Text size="sm" c="dimmed" mt="md">
      <Foreign text={text} most={800} />
    </Text>
  );
}
