import { SallyportError } from '@sallyport/protocol/errors';
import { request } from '@sallyport/runtime/http';
import type { z } from 'zod';
import { type Caller, reachRelay } from './reach.ts';

const answerMs = 20_000;

/** Asks the relay once. @throws its answer with the leg `relay`; what reaching it throws */
export async function askRelay<S extends z.ZodType>(
  caller: Caller,
  question: {
    readonly method?: 'GET' | 'POST';
    readonly path: string;
    readonly body?: unknown;
    readonly answer: S;
  },
): Promise<z.output<S>> {
  const { clock, signal, identity } = caller;
  const socket = await reachRelay(caller);
  try {
    return await request(socket, {
      ...question,
      host: identity.relay.host,
      timeoutMs: answerMs,
      clock,
      signal,
    });
  } catch (error) {
    throw error instanceof SallyportError ? error.at('relay') : error;
  }
}
