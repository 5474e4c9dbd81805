import type { Clock } from '@sallyport/protocol/environment';
import { fail as protocolFail, SallyportError } from '@sallyport/protocol/errors';
import type { GrantId, PortNumber, StreamId } from '@sallyport/protocol/grant';
import {
  deadlineAfter,
  type FromDeviceHello,
  HelloChannel,
  receiveAnswer,
} from '@sallyport/protocol/session';
import type { DeviceConnection } from './deviceLeg.ts';

/** For each message of the device. */
export const answerMs = 15_000;
/** What an approval may take beyond what the device announced. */
const approvalSlackMs = 15_000;

/** The hello of one inner connection: what is said before there is a stream (design, section 4, step 5). */
export type Hello = {
  readonly channel: HelloChannel;
  readonly connection: DeviceConnection;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** Told when a person at the device is asked. */
  readonly onApproval: (seconds: number) => void;
};

export type Opened = Extract<FromDeviceHello, { type: 'opened' }>;
export type Ready = Extract<FromDeviceHello, { type: 'ready' }>;

export const beginHello = (
  connection: DeviceConnection,
  rest: Pick<Hello, 'clock' | 'signal' | 'onApproval'>,
): Hello => ({ ...rest, connection, channel: new HelloChannel(connection.socket) });

/** @throws what the device refuses with (leg `device`); connection-lost, timed-out (leg `to-device`) */
export async function askPair(hello: Hello, port: PortNumber): Promise<Ready> {
  hello.channel.send({ type: 'pair', port });
  return nextAnswer(hello, 'ready');
}

/** @throws as `askPair`; not-paired if the device has no pin of this key */
export async function askOpen(hello: Hello, port: PortNumber, grant: GrantId): Promise<Opened> {
  hello.channel.send({ type: 'open', port, grant });
  return nextAnswer(hello, 'opened');
}

/** @returns the offset of the byte that the device expects next. @throws as `askPair`; stream-unknown, … */
export async function askResume(
  hello: Hello,
  stream: { port: PortNumber; grant: GrantId; stream: StreamId; generation: number; received: number },
): Promise<number> {
  hello.channel.send({ type: 'resume', ...stream });
  return (await nextAnswer(hello, 'resumed')).received;
}

async function nextAnswer<const T extends 'ready' | 'opened' | 'resumed'>(
  hello: Hello,
  type: T,
): Promise<Extract<FromDeviceHello, { type: T }>> {
  let waitMs = answerMs;
  for (let waits = 0; waits < 3; waits += 1) {
    const deadline = deadlineAfter(hello.clock, waitMs);
    try {
      const signals = hello.signal ? [deadline.signal, hello.signal] : [deadline.signal];
      const answer = await receiveAnswer(hello.channel, ['wait', type], {
        deadline: AbortSignal.any(signals),
      });
      if (answer.type !== 'wait') return answer as Extract<FromDeviceHello, { type: T }>;
      const { seconds } = answer as Extract<FromDeviceHello, { type: 'wait' }>;
      hello.onApproval(seconds);
      waitMs = seconds * 1_000 + approvalSlackMs;
    } catch (error) {
      throw error instanceof SallyportError ? error.at('to-device') : error;
    } finally {
      deadline.cancel();
    }
  }
  throw protocolFail('message-malformed', {
    details: { reason: 'it asks to wait again and again' },
    leg: 'device',
  });
}
