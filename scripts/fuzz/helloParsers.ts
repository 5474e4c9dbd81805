/** What is said before there is a stream, and the frames of the stream. */
import {
  CommandFrameReader,
  commandBytes,
  commandExitSchema,
  commandStartSchema,
  encodeCommandExit,
  encodeCommandStart,
} from '@sallyport/protocol/channels';
import { type GrantId, Otp, type PortNumber, type Scope, type StreamId } from '@sallyport/protocol/grant';
import { pairAsRepresentative, pairOnDevice } from '@sallyport/protocol/pairing';
import {
  encodeFrame,
  fromAskerSchemas,
  fromDeviceHelloSchemas,
  fromRepresentativeSchemas,
  HelloChannel,
  helloFrameCap,
  noticeSchemas,
  toAskerSchemas,
} from '@sallyport/protocol/session';
import { ResumableStream } from '@sallyport/protocol/stream';
import { fakeClock, seededRandom } from '@sallyport/protocol/testing';
import type { MessageSchemas } from '@sallyport/protocol/wire';
import { connectionWith, type Parser } from './parser.ts';
// The curve's code is loaded by the first pairing: not in the middle of a measurement.
import '../../packages/protocol/src/pairing/cpace.ts';

const grant = '0123456789abcdef0123456789abcdef' as GrantId;
const port = 40_123 as PortNumber;
const sha256 = 'ab'.repeat(32);
const error = {
  code: 'x-y',
  text: 'A sentence.',
  next: '',
  exit: 1,
  retryable: false,
  details: { a: 'b' },
} as const;
const never = new AbortController().signal;
type Hello = Parameters<typeof encodeFrame>[0];
const fromRepresentative: readonly Hello[] = [
  { type: 'pair', port },
  { type: 'open', port, grant },
  { type: 'resume', port, grant, stream: grant as string as StreamId, generation: 3, received: 9 },
  { type: 'share', share: 'A'.repeat(43) },
  { type: 'confirm', tag: 'A'.repeat(86) },
  { type: 'mismatch' },
];
const fromDevice: readonly Hello[] = [
  { type: 'wait', for: 'approval', seconds: 60 },
  { type: 'ready', grant, port },
  { type: 'proof', share: 'A'.repeat(43), tag: 'A'.repeat(86) },
  { type: 'ok' },
  {
    type: 'opened',
    grant,
    port,
    device: 'd123456789',
    stream: grant as string as StreamId,
    scopes: ['terminal', 'tcp:127.0.0.1:5432'],
    leftMs: 60_000,
    hostKey: `ssh-ed25519 ${Buffer.alloc(51).toString('base64')}`,
  },
  { type: 'resumed', received: 7 },
  { type: 'refused', error },
];
const scopes = ['terminal', 'tcp:127.0.0.1:5432'] as Scope[];
const questions: readonly Hello[] = [{ type: 'ask', scopes, forMs: 7_200_000, why: 'to look \u{1f50d}' }];
const answers: readonly Hello[] = [
  { type: 'granted', scopes, leftMs: 60_000 },
  { type: 'refused', error },
];
const notices: readonly Hello[] = [
  { type: 'paused', paused: true },
  { type: 'watched', watched: false },
  { type: 'terms', scopes, leftMs: 60_000 },
];
const framed = (...said: readonly Hello[]): Buffer =>
  Buffer.concat(said.map((message) => encodeFrame(message)));

const hello = (schemas: MessageSchemas, examples: readonly Hello[]): Parser => ({
  take: async (input) => {
    const channel = new HelloChannel(connectionWith(input));
    for (;;) await channel.receive(schemas, { deadline: never });
  },
  largestBytes: helloFrameCap,
  examples: [framed(...examples), ...examples.map((example) => framed(example))],
});

const otp = Otp.parse('482-190-375');
/** One side of a pairing, of whose other side these are the words. @throws Error if it pairs */
const pairing = (side: 'device' | 'representative', examples: readonly Buffer[]): Parser => ({
  isSlow: true,
  take: async (input) => {
    if (!otp) throw new Error('no OTP');
    const paired = (): never => {
      throw new Error('it paired');
    };
    const terms = {
      channel: new HelloChannel(connectionWith(input)),
      otp,
      port,
      grant,
      sessionId: new Uint8Array(32),
      own: { certificateSha256: sha256 },
      peer: { certificateSha256: sha256 },
      random: seededRandom(1),
      deadline: never,
    };
    if (side === 'device') {
      const record = { started: () => {}, paired, left: () => 2 };
      await pairOnDevice({ ...terms, clock: fakeClock(), record });
    } else await pairAsRepresentative({ ...terms, storePin: paired });
    paired();
  },
  largestBytes: helloFrameCap,
  examples,
});

/** Frames as the representative sends them; codec.ts draws them. */
const frames = Buffer.concat([
  Buffer.from([6, 0, 0, 0, 0, 0, 0]),
  Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0]),
  Buffer.from([0, 0, 0, 3, 97, 98, 99]),
  Buffer.from([2, 0, 0, 0, 1]),
  Buffer.from([3, 0, 0, 0, 1]),
  Buffer.from([4]),
  Buffer.from([5, 14, ...Buffer.from('session-closed')]),
]);

/** Reads the frames of a command's channel as the end does that takes these. */
function readCommand(takes: ConstructorParameters<typeof CommandFrameReader>[0], input: Buffer): void {
  const reader = new CommandFrameReader(takes, {
    onBytes: () => {},
    onJson: (type, content) =>
      void (type === 'start' ? commandStartSchema : commandExitSchema).safeParse(content),
  });
  for (let at = 0; at < input.length; at += 7) reader.read(input.subarray(at, at + 7));
}

export const helloParsers: { readonly [name: string]: Parser } = {
  'the hello, at the device': hello(fromRepresentativeSchemas, fromRepresentative),
  'a question for more, at the device': hello(fromAskerSchemas, questions),
  'the answer to a question, at the program': hello(toAskerSchemas, answers),
  'notices, at the program': hello(noticeSchemas, notices),
  'the hello, at the representative': hello(fromDeviceHelloSchemas, fromDevice),
  'pairing, at the device': pairing('device', [
    framed(...fromRepresentative.slice(3, 5)),
    framed({ type: 'share', share: 'A'.repeat(43) }, { type: 'mismatch' }),
  ]),
  'pairing, at the representative': pairing('representative', [
    framed(...fromDevice.slice(2, 4)),
    framed({ type: 'ok' }),
    framed({ type: 'refused', error }),
  ]),
  'the frames of a stream': {
    take: async (input) => {
      const stream = new ResumableStream({ clock: fakeClock(), id: grant as string as StreamId });
      stream.on('error', () => {});
      stream.resume();
      stream.attach(connectionWith(input), { generation: 0, peerReceived: 0 });
      stream.write('answer');
      await new Promise(setImmediate);
      stream.destroy();
    },
    largestBytes: 64 * 1_024,
    examples: [frames, frames.subarray(0, 25)],
  },
  "a command's channel, at the device": {
    take: (input) => readCommand(['start', 'input'], input),
    largestBytes: 64 * 1_024,
    examples: [
      Buffer.concat([
        encodeCommandStart({ line: 'uptime', environment: { LANG: 'C.UTF-8' } }),
        ...commandBytes('input', Buffer.from('input')),
      ]),
    ],
  },
  "a command's channel, at the representative": {
    take: (input) => readCommand(['output', 'errors', 'exit'], input),
    largestBytes: 64 * 1_024,
    examples: [
      Buffer.concat([...commandBytes('output', Buffer.from('output')), encodeCommandExit({ code: 0 })]),
      encodeCommandExit({ signal: 'SIGTERM' }),
    ],
  },
};
