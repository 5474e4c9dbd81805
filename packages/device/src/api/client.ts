import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Clock } from '@sallyport/protocol/environment';
import { fail as protocolFail, SallyportError } from '@sallyport/protocol/errors';
import { parseFields } from '@sallyport/protocol/wire';
import { errorOf, request } from '@sallyport/runtime/http';
import type { z } from 'zod';
import { type Status, statusSchema } from '../agent/status.ts';
import { connectAgent } from './socket.ts';

const askMs = 30_000;
/** The largest event, in bytes. */
const eventCap = 4 * 1024 * 1024;
/** The events that carry the state. */
const stateEvents = ['event: snapshot', 'event: status'];

export type AgentCall<A extends z.ZodType> = {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly answer: A;
};

/** Asks the agent of a data folder. @throws agent-not-running, and what the agent answers */
export async function callAgent<A extends z.ZodType>(
  folder: string,
  clock: Clock,
  call: AgentCall<A>,
): Promise<z.output<A>> {
  const socket = await connectAgent(folder);
  return request(socket, { host: 'agent', timeoutMs: askMs, clock, ...call });
}

/**
 * Follows the agent's state until `look` says that it has seen enough, or the signal aborts.
 *
 * @returns what `look` returned; undefined when the signal aborted
 * @throws agent-not-running, agent-unreachable, what the agent answers instead (rate-limited), connection-lost when it
 * stops
 */
export async function followAgent<T>(
  folder: string,
  look: (status: Status) => T | undefined,
  signal: AbortSignal,
): Promise<T | undefined> {
  const socket = await connectAgent(folder);
  const destroy = (): void => void socket.destroy();
  signal.addEventListener('abort', destroy);
  if (signal.aborted) destroy();
  try {
    const outgoing = httpRequest({
      createConnection: () => socket,
      path: '/v1/events',
      headers: { host: 'agent' },
    });
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.once('response', resolve);
      outgoing.once('error', reject);
      outgoing.end();
    });
    if ((answer.statusCode ?? 0) >= 400) throw await errorOf(answer);
    answer.setEncoding('utf8');
    let text = '';
    for await (const chunk of answer as AsyncIterable<string>) {
      text += chunk;
      if (text.length > eventCap) throw protocolFail('message-too-large', { details: { cap: eventCap } });
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) {
        const lines = event.split('\n');
        const data = lines.find((line) => line.startsWith('data: '));
        if (!data || !lines.some((line) => stateEvents.includes(line))) continue;
        const seen = look(parseFields(statusSchema, JSON.parse(data.slice('data: '.length))));
        if (seen !== undefined) return seen;
      }
    }
    throw protocolFail('connection-lost');
  } catch (error) {
    if (signal.aborted) return undefined;
    if (error instanceof SallyportError) throw error;
    throw protocolFail('connection-lost', { cause: error });
  } finally {
    signal.removeEventListener('abort', destroy);
    socket.destroy();
  }
}
