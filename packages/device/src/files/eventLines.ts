import type { Readable } from 'node:stream';
import { z } from 'zod';
import { changes, closings, directions, type FileEvent } from './fileEvent.ts';

/** Bytes of one line. A path has 4,096 bytes at most; written as JSON, each may take six; a change has two paths. */
const lineCap = 64 * 1024;

const path = z.string().max(lineCap);
const count = z.number().int().nonnegative();
const opening = { file: count, path, direction: z.enum(directions), created: z.boolean() };
const fileEventSchema = z.discriminatedUnion('event', [
  z.object({ event: z.literal('opened'), ...opening }),
  z.object({
    event: z.literal('closed'),
    ...opening,
    bytesRead: count,
    bytesWritten: count,
    size: count.exactOptional(),
    sha256: z.string().length(64).exactOptional(),
    result: z.enum(closings),
  }),
  z.object({
    event: z.literal('changed'),
    what: z.enum(changes),
    path,
    to: path.exactOptional(),
    result: z.enum(['done', 'failed']),
  }),
  z.object({ event: z.literal('refused'), what: z.string().max(64), path, to: path.exactOptional() }),
]);

/** Reads events, a JSON line each. Where a line is too long or not an event, `malformed` is called once, and nothing after it. */
export function eventsOf(
  lines: Readable,
  tell: { event: (event: FileEvent) => void; malformed: () => void },
): void {
  let rest = Buffer.alloc(0);
  function take(chunk: Buffer): void {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const end = rest.indexOf(10);
      if (end < 0 && rest.length <= lineCap) return;
      const event = end < 0 || end > lineCap ? undefined : parse(rest.subarray(0, end));
      if (event === undefined) {
        stop();
        return;
      }
      rest = rest.subarray(end + 1);
      tell.event(event);
    }
  }
  function stop(): void {
    lines.off('data', take);
    lines.resume();
    tell.malformed();
  }
  lines.on('data', take);
}

function parse(line: Buffer): FileEvent | undefined {
  try {
    return fileEventSchema.parse(JSON.parse(line.toString('utf8')));
  } catch {
    return undefined;
  }
}
