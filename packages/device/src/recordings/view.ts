import type { FileHandle } from 'node:fs/promises';
import {
  headCap,
  parseEnd,
  parseHead,
  parseSeal,
  type RecordedEnd,
  type RecordingHead,
  type Seal,
} from '@sallyport/protocol/recording';
import { printable } from '@sallyport/protocol/text';
import { z } from 'zod';

/** What is read at first of a head, and of an end. In bytes. */
const usualHead = 8 * 1024;
const tailBytes = 4 * 1024;

/** What the API and the commands tell of a recording. */
export const recordingSchema = z.object({
  id: z.string(),
  grant: z.string(),
  state: z
    .enum(['running', 'ended', 'torn', 'locked', 'unreadable'])
    .describe('`torn`: it has no end; `locked`: only the holder of the key can read it'),
  bytes: z.number().describe('Of its file'),
  session: z.string().optional(),
  channel: z.number().optional(),
  representative: z.string().optional(),
  key: z.string().optional().describe('SHA-256 of the public key of the representative'),
  reference: z.string().optional(),
  kind: z.enum(['terminal', 'command', 'web']).optional(),
  what: z.string().optional().describe('The command, "shell" or "web"; at most 200 characters'),
  runAs: z.string().optional(),
  columns: z.number().optional(),
  rows: z.number().optional(),
  from: z.string().optional().describe('ISO 8601, UTC'),
  clock: z.enum(['relay', 'own']).optional().describe("Whose time that is: the relay's, or the device's own"),
  to: z.string().optional().describe('ISO 8601, UTC; of its last seal'),
  exit: z.union([z.object({ code: z.number() }), z.object({ signal: z.string() })]).optional(),
  why: z.enum(['exit', 'closed', 'disk']).optional(),
  printed: z.number().optional().describe('Bytes that the program printed'),
  recorded: z.number().optional().describe('Bytes of these that are in the recording'),
  sha256: z.string().optional().describe('Of all before its last seal'),
});
export type RecordingView = z.infer<typeof recordingSchema>;

/** What the beginning and the end of a recording say. */
export type RecordingEnds = {
  readonly head: RecordingHead;
  readonly seal: Seal | undefined;
  readonly end: RecordedEnd | undefined;
};

/** Reads the beginning and the end of a file, whatever its size. @throws recording-malformed */
export async function readEnds(file: FileHandle): Promise<RecordingEnds> {
  let text = await readText(file, 0, usualHead);
  if (countLines(text) < 2) text = await readText(file, 0, headCap);
  const [first = '', second = ''] = text.split('\n', 2);
  const head = parseHead(first, countLines(text) < 2 ? '' : second);
  const { size } = await file.stat();
  const tail = (await readText(file, Math.max(0, size - tailBytes), tailBytes)).split('\n').slice(-4);
  const seals = tail.map((line) => parseSeal(line)?.seal).filter((seal) => seal !== undefined);
  const ends = tail.map(parseEnd).filter((end) => end !== undefined);
  return { head, seal: seals.at(-1), end: ends.at(-1) };
}

async function readText(file: FileHandle, from: number, bytes: number): Promise<string> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, from);
  return buffer.toString('utf8', 0, bytesRead);
}

const countLines = (text: string): number => text.split('\n', 3).length - 1;

/** Puts what was read into what is told. */
export function viewOf(
  { head, seal, end }: RecordingEnds,
  running: boolean,
): Omit<RecordingView, 'id' | 'grant' | 'bytes'> {
  return {
    state: running ? 'running' : seal?.end ? 'ended' : 'torn',
    session: head.session,
    channel: head.channel,
    representative: head.representative,
    key: head.keySha256,
    ...(head.reference === undefined ? {} : { reference: printable(head.reference) }),
    kind: head.kind,
    what: printable(head.command ?? (head.kind === 'web' ? 'web' : 'shell')),
    runAs: printable(head.runAs),
    columns: head.columns,
    rows: head.rows,
    from: head.at,
    clock: head.clock,
    ...(seal ? { to: seal.at, sha256: seal.sha256 } : {}),
    ...(end
      ? {
          why: end.why,
          printed: end.printed,
          recorded: end.recorded,
          ...(end.exit
            ? { exit: 'code' in end.exit ? end.exit : { signal: printable(end.exit.signal) } }
            : {}),
        }
      : {}),
  };
}
