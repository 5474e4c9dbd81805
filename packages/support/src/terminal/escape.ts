/**
 * What a person types in a terminal, with the escapes of `ssh`: at the start of a line, `~.` ends, `~?` helps, `~~`
 * sends one tilde, and `~` before anything else is just typed text.
 *
 *   text      --newline--> lineStart
 *   text      --tilde-->   text
 *   text      --other-->   text
 *   lineStart --newline--> lineStart
 *   lineStart --tilde-->   tilde
 *   lineStart --other-->   text
 *   tilde     --newline--> lineStart
 *   tilde     --tilde-->   text
 *   tilde     --dot-->     ended
 *   tilde     --question--> lineStart
 *   tilde     --other-->   text
 */
export type EscapeState = 'lineStart' | 'text' | 'tilde' | 'ended';
/** What to do, in this order. */
export type TypedPart = { send: Buffer } | { act: 'end' } | { act: 'help' };

const tilde = 0x7e;
const newlines = new Set([0x0a, 0x0d]);

/** Takes what was typed; gives the state after it and what to do. After `end` nothing more is read. */
export function readTyped(from: EscapeState, typed: Uint8Array): { state: EscapeState; parts: TypedPart[] } {
  const parts: TypedPart[] = [];
  let state = from;
  let pending: number[] = [];
  const flush = (): void => {
    if (pending.length > 0) parts.push({ send: Buffer.from(pending) });
    pending = [];
  };
  for (const byte of typed) {
    if (state === 'ended') break;
    if (state === 'tilde' && byte === 0x2e) {
      flush();
      parts.push({ act: 'end' });
      state = 'ended';
    } else if (state === 'tilde' && byte === 0x3f) {
      flush();
      parts.push({ act: 'help' });
      state = 'lineStart';
    } else if (state === 'lineStart' && byte === tilde) {
      state = 'tilde';
    } else {
      if (state === 'tilde' && byte !== tilde) pending.push(tilde);
      pending.push(byte);
      state = newlines.has(byte) ? 'lineStart' : 'text';
    }
  }
  flush();
  return { state, parts };
}

/** What `~?` shows. Lines end as a terminal in raw mode needs it. */
export const escapeHelp = [
  'Supported escapes, at the start of a line:',
  '  ~.   end the connection',
  '  ~?   show this',
  '  ~~   send one ~',
]
  .map((line) => `${line}\r\n`)
  .join('');
