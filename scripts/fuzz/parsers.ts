/**
 * Every parser of bytes that come from outside, in one table: what it is fed, how much memory it may set aside for it,
 * and inputs that lead far into it. `tests/hostile/parsers.test.ts` feeds it what is none of these.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeToken, encodeToken } from '@sallyport/protocol/enrolment';
import { Otp, parseDuration, parsePortNumber, parseScope } from '@sallyport/protocol/grant';
import { fakeClock } from '@sallyport/protocol/testing';
import { fromDeviceSchemas, fromRelaySchemas, tunnelMessageCap } from '@sallyport/protocol/tunnel';
import { type MessageSchemas, parseMessage } from '@sallyport/protocol/wire';
import { loadConfig } from '@sallyport/runtime/config';
import { request, upgrade } from '@sallyport/runtime/http';
import { z } from 'zod';
import { configSchema } from '../../packages/device/src/commands/settings.ts';
import { readAgentLine } from '../../packages/device/src/watchdog/words.ts';
import { relayConfigSchema } from '../../packages/relay/src/commands/config.ts';
import { fileParsers } from './fileParsers.ts';
import { helloParsers } from './helloParsers.ts';
import { connectionWith, json, type Parser } from './parser.ts';

const grant = '0123456789abcdef0123456789abcdef';
const port = 40_123;
const sha256 = 'ab'.repeat(32);
const error = {
  code: 'x-y',
  text: 'A sentence.',
  next: '',
  exit: 1,
  retryable: false,
  details: { a: 'b' },
} as const;

const messages = (schemas: MessageSchemas, cap: number, examples: readonly object[]): Parser => ({
  take: (input) => void parseMessage(schemas, input, cap),
  largestBytes: cap,
  examples: examples.map((example) => json({ v: 1, ...example })),
});

function inFolder(content: Buffer, act: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-fuzz-'));
  try {
    writeFileSync(join(folder, 'config.yaml'), content);
    act(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
const configuration = (schema: z.ZodObject, text: string): Parser => ({
  isSlow: true,
  take: (input) => inFolder(input, (folder) => void loadConfig(schema, { folder, env: {} })),
  largestBytes: 64 * 1_024,
  examples: [
    Buffer.from(text),
    Buffer.from('a: &a [x]\nb: *a\n'),
    Buffer.from('{listen: [a, "b"], drain: 1e9}'),
  ],
});

const answerSchema = z.object({ v: z.literal(1), name: z.string().max(100) });
const http = { clock: fakeClock(), timeoutMs: 1_000, host: 'localhost', path: '/v1/x' } as const;
const httpAnswers = [
  'HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{"v":1,"name":"abc"}',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n14\r\n{"v":1,"name":"abc"}\r\n0\r\n\r\n',
  `HTTP/1.1 403 No\r\nContent-Length: ${json({ error }).length}\r\n\r\n${json({ error })}`,
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: sallyport-session\r\nsallyport-grant: abc\r\n\r\nearly',
].map((text) => Buffer.from(text));

const token = encodeToken({
  kind: 'device',
  host: 'relay.maker.example',
  ports: [443, 22],
  rootSha256: sha256,
  secret: 'A'.repeat(32),
});

/** By what they are called here and in what a failed run prints. */
export const parsers: { readonly [name: string]: Parser } = {
  'the tunnel, at the device': messages(fromRelaySchemas, tunnelMessageCap, [
    {
      type: 'opened',
      grant,
      port,
      now: 1_900_000_000_000,
      epoch: 4,
      changed: { from: port, why: 'taken' },
      revoked: [sha256],
      revocations: [{ key: sha256, representative: 'erin@maker.example', reason: 'left' }],
    },
    {
      type: 'knock',
      ticket: grant,
      dial: 'node.relay.example',
      representative: 'erin@maker.example',
      key: sha256,
    },
    { type: 'revoked', key: sha256, representative: 'erin@maker.example', reason: 'left' },
    { type: 'drain', afterMs: 1_000 },
    { type: 'refused', error },
  ]),
  'the tunnel, at the relay': messages(fromDeviceSchemas, tunnelMessageCap, [
    {
      type: 'open',
      grant,
      leftMs: 60_000,
      scopes: ['terminal', 'tcp:[::1]:22'],
      approval: true,
      reference: 'CASE-7',
      port,
      version: '1',
    },
    { type: 'change', grant, leftMs: 60_000, scopes: ['web'] },
    { type: 'close', grant, reason: 'disabled' },
    { type: 'decline', ticket: grant, error },
  ]),
  ...helloParsers,
  'a token': {
    take: (input) => void decodeToken(input.toString('utf8')),
    largestBytes: 4 * 1_024,
    examples: [Buffer.from(token), Buffer.from('sp1r-AAAA')],
  },
  'the configuration of a device': configuration(
    configSchema,
    'web: 127.0.0.1:8080\nrun-as: support\nfile-roots: [/srv]\noutbound-port: 443\n',
  ),
  'the configuration of a relay': configuration(
    relayConfigSchema,
    'name: relay.example\nlisten: ["0.0.0.0:443"]\nports: [443, 22]\ndrain: 5\n',
  ),
  ...fileParsers,
  'an answer of the relay': {
    isSlow: true,
    take: async (input) =>
      void (await request(connectionWith(input), { ...http, answer: answerSchema, capBytes: 1_000 })),
    largestBytes: 64 * 1_024,
    examples: httpAnswers,
  },
  'an answer to an upgrade': {
    isSlow: true,
    take: async (input) => {
      const { socket } = await upgrade(connectionWith(input), http);
      socket.destroy();
    },
    largestBytes: 64 * 1_024,
    examples: httpAnswers,
  },
  'words that people type': {
    take: (input) => {
      const text = input.toString('utf8');
      for (const parse of [Otp.parse, parsePortNumber, parseDuration, parseScope]) parse(text);
    },
    largestBytes: 4 * 1_024,
    examples: ['482-190-375', '40123', '4h', 'tcp:[::ffff:127.0.0.1]:5432', 'tcp:Host.Example.:1'].map(
      (text) => Buffer.from(text),
    ),
  },
  "a line of the agent's, at its watchdog": {
    take: (input) => void readAgentLine(input.toString('utf8')),
    largestBytes: 4 * 1_024,
    examples: [Buffer.from('left 3600000'), Buffer.from('off')],
  },
};
