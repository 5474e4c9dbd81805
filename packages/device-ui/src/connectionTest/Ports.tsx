import { Loader, Text } from '@mantine/core';
import { Panel, Rows } from '@sallyport/ui/page';
import { Foreign } from '@sallyport/ui/text';
import { IconCheck, IconX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Failed, useSentences } from '../api/Failed.tsx';
import { Act } from '../live/Act.tsx';
import { useChangeSettings, useSettings } from '../settings/settings.ts';
import { useWords } from '../strings/index.ts';
import classes from './test.module.css';
import type { ConnectionTest, Port, Way } from './withNewest.ts';

/** Each outbound port: how far each way on it leads, and how long that took. */
export function Ports({ test }: { readonly test: ConnectionTest }): ReactNode {
  const { strings } = useWords();
  const words = strings.test;
  const settings = useSettings().data;
  const change = useChangeSettings();
  return (
    <Panel title={words.ports}>
      <Rows>
        {test.ports.map((port) => (
          <li key={port.port} className={classes['port']}>
            <PortHead port={port} running={test.running} />
            <div className={classes['ways']}>
              {test.ways
                .filter((way) => way.port === port.port)
                .map((way) => (
                  <WayLine key={`${way.family} ${way.address}`} way={way} running={test.running} />
                ))}
              {port.problem && !test.running && port.reached !== 'websocket' && <Why port={port} />}
            </div>
            {port.reached === 'websocket' && (
              <UsePort port={port.port} now={settings?.outboundPort} change={change} />
            )}
          </li>
        ))}
      </Rows>
      <Failed error={change.error} />
    </Panel>
  );
}

function PortHead({ port, running }: { readonly port: Port; readonly running: boolean }): ReactNode {
  const { strings, formats } = useWords();
  const words = strings.test;
  const good = port.reached === 'websocket';
  const waiting = running && !good;
  return (
    <div className={classes['portHead']} data-good={good}>
      <Text fw={650} component="span">
        {words.port(String(port.port))}
      </Text>
      <span className={classes['reached']}>
        {waiting ? (
          <Loader size={14} aria-hidden />
        ) : good ? (
          <IconCheck size={16} aria-hidden />
        ) : (
          <IconX size={16} aria-hidden />
        )}
        {waiting ? words.trying : words.reached[port.reached]}
      </span>
      {port.workedAt !== undefined && !good && (
        <Text size="xs" c="dimmed" component="span">
          {words.workedAt(formats.moment(port.workedAt))}
        </Text>
      )}
    </div>
  );
}

/** One way: its steps in order, as far as they came. */
function WayLine({ way, running }: { readonly way: Way; readonly running: boolean }): ReactNode {
  const { strings, formats } = useWords();
  const words = strings.test;
  return (
    <div className={classes['way']}>
      <Text size="xs" c="dimmed">
        {words.family[way.family]} · <Foreign mono text={way.address} />
      </Text>
      <ol className={classes['steps']}>
        {(['tcp', 'tls', 'health', 'websocket'] as const).map((name) => {
          const step = way.steps.find((one) => one.step === name);
          const state = step ? (step.ok ? 'good' : 'bad') : running ? 'waiting' : 'none';
          return (
            <li key={name} className={classes['step']} data-state={state}>
              {state === 'good' && <IconCheck size={14} aria-label={words.ok} />}
              {state === 'bad' && <IconX size={14} aria-label={words.failed} />}
              {words.steps[name]}
              {step && <span className={classes['ms']}>{formats.milliseconds(step.ms)}</span>}
            </li>
          );
        })}
      </ol>
    </div>
  );
}

function Why({ port: { problem } }: { readonly port: Port }): ReactNode {
  const sentences = useSentences();
  return (
    problem && (
      <Text size="xs" c="dimmed">
        <Foreign text={sentences(problem).text} most={400} />
      </Text>
    )
  );
}

type UsePortProps = {
  readonly port: number;
  readonly now: number | 'automatic' | undefined;
  readonly change: ReturnType<typeof useChangeSettings>;
};

/** Goes out by this port alone from now on; or by whichever works, again. */
function UsePort({ port, now, change }: UsePortProps): ReactNode {
  const { strings } = useWords();
  const words = strings.test;
  const used = now === port;
  return (
    <Act
      size="xs"
      variant="light"
      loading={change.isPending && change.variables.outboundPort === (used ? 'automatic' : port)}
      onClick={() => change.mutate({ outboundPort: used ? 'automatic' : port })}
    >
      {used ? words.takeAny : words.takePort(String(port))}
    </Act>
  );
}
