import { fail, fromWireError, protocolErrors, type SallyportError } from '../errors/index.ts';

/** How a stream ended: by whom, and what to tell people. */
export type StreamEnd = { by: 'us' | 'them' | 'broken'; error: SallyportError };

/** The stream cannot go on. The reason completes "The session cannot go on: …". */
export const broken = (reason: string): SallyportError => fail('stream-broken', { details: { reason } });

/** The error that a code of END stands for. A code of a newer version, or of one package alone, keeps its name. */
export function errorOfCode(code: string): SallyportError {
  if (code === 'stream-broken') return broken('the other side found an error in it');
  if (Object.hasOwn(protocolErrors, code)) return fail(code as keyof typeof protocolErrors);
  const { text, next, exit, retryable } = protocolErrors['session-closed'];
  return fromWireError({ code, text, next, exit, retryable, details: {} });
}
