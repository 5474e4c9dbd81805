import { Text } from '@mantine/core';
import { Panel } from '@sallyport/ui/page';
import { Foreign } from '@sallyport/ui/text';
import { IconBuilding, IconCloud, IconDevices2, IconHeadset, IconServer2 } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Status } from '../api/client.ts';
import { useWords } from '../strings/index.ts';
import classes from './path.module.css';
import { type LegState, legsOf, stations } from './path.ts';

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
  const legs = legsOf(status);
  return (
    <Panel title={words.title}>
      <ol className={classes['way']}>
        {stations.map((station, index) => {
          const Icon = icons[station];
          const leg = legs[index];
          return (
            <li key={station} className={classes['station']}>
              <span className={classes['place']}>
                <Icon size={26} aria-hidden className={classes['icon']} />
                <span className={classes['name']}>{words[station]}</span>
                {station === 'relay' && status.relay && (
                  <Text size="xs" c="dimmed" component="span">
                    <Foreign text={status.relay.host} />
                  </Text>
                )}
              </span>
              {leg && <Leg state={leg} />}
            </li>
          );
        })}
      </ol>
      <Text size="sm" c="dimmed" mt="md">
        {status.state === 'disabled' ? words.before : `${words.outer}. ${words.inner}`}
      </Text>
    </Panel>
  );
}

function Leg({ state }: { readonly state: LegState }): ReactNode {
  const { strings } = useWords();
  return (
    <span className={classes['leg']} data-state={state}>
      <svg className={classes['line']} aria-hidden="true" preserveAspectRatio="none" viewBox="0 0 100 100">
        <line x1="0" y1="50" x2="100" y2="50" className={classes['across']} />
        <line x1="50" y1="0" x2="50" y2="100" className={classes['down']} />
      </svg>
      <span className={classes['state']}>
        <Mark state={state} />
        {strings.support.path.states[state]}
      </span>
    </span>
  );
}

/** A shape for each state, so that its colour is not needed. */
function Mark({ state }: { readonly state: LegState }): ReactNode {
  const shape = {
    good: <path d="M3 8.5l3.2 3L13 4.5" />,
    failed: <path d="M4 4l8 8M12 4l-8 8" />,
    lost: <path d="M4 4l8 8M12 4l-8 8" />,
    trying: <path d="M3 8h.01M8 8h.01M13 8h.01" />,
    waiting: <path d="M8 4.6V8l2.2 1.6M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0z" />,
    idle: <path d="M4 8h8" />,
  }[state];
  return (
    <svg className={classes['mark']} viewBox="0 0 16 16" aria-hidden="true">
      {shape}
    </svg>
  );
}
