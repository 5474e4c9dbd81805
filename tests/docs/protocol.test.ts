import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { z } from 'zod';
import { extensions } from '../../packages/device/src/files/sftp.ts';
import * as enrolment from '../../packages/protocol/src/enrolment/index.ts';
import { protocolErrors, wireErrorSchema } from '../../packages/protocol/src/errors/index.ts';
import run from '../../packages/protocol/src/pairing/vectors/pairing.json' with { type: 'json' };
import * as receipt from '../../packages/protocol/src/receipt/index.ts';
import * as session from '../../packages/protocol/src/session/index.ts';
import { FrameReader } from '../../packages/protocol/src/stream/frameReader.ts';
import * as tunnel from '../../packages/protocol/src/tunnel/index.ts';
import { type MessageSchemas, parseMessage } from '../../packages/protocol/src/wire/index.ts';
import { routes } from '../../packages/relay/src/gate/routes.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/protocol.md'), 'utf8');

/** The lines of the blocks that are marked so. */
function examples(mark: string): string[] {
  const blocks = [...page.matchAll(/^```(\w+ [\w-]+)\n([\s\S]*?)^```$/gm)].filter(
    ([, name]) => name === mark,
  );
  return blocks.flatMap(([, , body]) => (body ?? '').trimEnd().split('\n'));
}

const messages: { [mark: string]: { schemas: MessageSchemas; cap: number } } = {
  'from-device': { schemas: tunnel.fromDeviceSchemas, cap: tunnel.tunnelMessageCap },
  'from-relay': { schemas: tunnel.fromRelaySchemas, cap: tunnel.tunnelMessageCap },
  'from-representative': { schemas: session.fromRepresentativeSchemas, cap: session.helloFrameCap },
  'from-device-hello': { schemas: session.fromDeviceHelloSchemas, cap: session.helloFrameCap },
  'from-asker': { schemas: session.fromAskerSchemas, cap: session.helloFrameCap },
  'to-asker': { schemas: session.toAskerSchemas, cap: session.helloFrameCap },
  'from-device-notice': { schemas: session.noticeSchemas, cap: session.helloFrameCap },
  'to-sign': { schemas: receipt.toSignSchemas, cap: receipt.receiptMessageCap },
  signing: { schemas: receipt.signingSchemas, cap: receipt.receiptMessageCap },
};

const bodies: { [mark: string]: z.ZodType } = {
  error: wireErrorSchema,
  whoami: enrolment.whoamiSchema,
  grants: enrolment.grantListSchema,
  'join-request': enrolment.joinRequestSchema,
  'join-answer': enrolment.joinAnswerSchema,
  'renewal-request': enrolment.renewalRequestSchema,
  'renewal-answer': enrolment.renewalAnswerSchema,
};

describe('docs/protocol.md', () => {
  for (const [mark, { schemas, cap }] of Object.entries(messages)) {
    it(`shows every message ${mark.replaceAll('-', ' ')}, as it is`, () => {
      const lines = examples(`json ${mark}`);
      const parsed = lines.map((line) => parseMessage(schemas, Buffer.from(line), cap));
      for (const [index, line] of lines.entries()) {
        const { v, ...said } = JSON.parse(line) as { v: unknown };
        assert.equal(v, 1);
        // Nothing that is shown is passed over by the schema.
        assert.partialDeepStrictEqual(parsed[index], said);
      }
      assert.deepEqual(new Set(parsed.map((message) => message.type)), new Set(Object.keys(schemas)));
    });
  }

  it('shows the shares and tags of the run whose every value is given', () => {
    const text = (hex: string): string => Buffer.from(hex, 'hex').toString('base64url');
    const lines = [...examples('json from-representative'), ...examples('json from-device-hello')];
    const said = lines.map((line) => JSON.parse(line) as { type: string; share?: string; tag?: string });
    const of = (type: string) => said.find((message) => message.type === type);
    assert.equal(of('share')?.share, text(run.Ya));
    assert.equal(of('proof')?.share, text(run.Yb));
    assert.equal(of('proof')?.tag, text(run.Tb));
    assert.equal(of('confirm')?.tag, text(run.Ta));
  });

  it('shows bodies that the schemas take', () => {
    for (const [mark, schema] of Object.entries(bodies)) {
      const lines = examples(`json ${mark}`);
      assert.ok(lines.length > 0, mark);
      for (const line of lines) {
        const said = JSON.parse(line) as object;
        assert.partialDeepStrictEqual(schema.parse(said), said);
      }
    }
  });

  it('has no block of JSON that is not read here', () => {
    const marks = [...page.matchAll(/^```json (\S+)$/gm)].map(([, mark]) => mark);
    assert.deepEqual(new Set(marks), new Set([...Object.keys(messages), ...Object.keys(bodies)]));
    assert.doesNotMatch(page, /^```json$/m);
  });

  it('shows frames of the stream as the codec reads them', () => {
    const seen: unknown[] = [];
    const note =
      (name: string) =>
      (...values: unknown[]): void =>
        void seen.push([
          name,
          ...values.map((value) => (value instanceof Buffer ? value.toString() : value)),
        ]);
    const reader = new FrameReader({
      onStart: note('START'),
      onAck: note('ACK'),
      onData: note('DATA'),
      onFin: note('FIN'),
      onPing: note('PING'),
      onPong: note('PONG'),
      onEnd: note('END'),
    });
    for (const line of examples('hex stream')) {
      const bytes = /^((?:[0-9a-f]{2,}\s)+)/.exec(line)?.[1] ?? '';
      reader.read(Buffer.from(bytes.replace(/\s/g, ''), 'hex'));
    }
    assert.deepEqual(seen, [
      ['START', 0],
      ['ACK', 0, 16 * 1024 * 1024],
      ['DATA', 'abc'],
      ['FIN'],
      ['PING', 42],
      ['PONG', 42],
      ['END', 'grant-ended'],
    ]);
  });

  it('lists the routes of the relay, and no other', () => {
    const listed = [...page.matchAll(/^\| `((?:GET|POST) \/v1\/[^`]+)` \|/gm)].map(([, route]) => route);
    const all = Object.values(routes).map(({ method, path }) => `${method} ${path}`);
    assert.deepEqual(listed.toSorted(), all.toSorted());
  });

  it('names the extensions of SFTP that the device announces', () => {
    for (const name of Object.keys(extensions)) assert.ok(page.includes(`\`${name}\``), name);
  });

  it('states numbers that are those of the code', async () => {
    const rows = [...page.matchAll(/^\| ([^|]+) \| (\d+)(?: \w+)? \| `([^`]+)` `(\w+)` \|$/gm)];
    assert.ok(rows.length > 40);
    for (const [, what, value, file, name] of rows) {
      const module = (await import(join(root, 'packages', file ?? ''))) as { [name: string]: unknown };
      assert.equal(module[name ?? ''], Number(value), `${what}: ${file} ${name}`);
    }
    const table = page.slice(page.indexOf('## 15. Numbers')).split('\n');
    assert.equal(
      table.filter((line) => line.startsWith('| ')).length,
      rows.length + 2,
      'a row is not of the form',
    );
  });

  it('names errors that are in the table', () => {
    const table = new Set(Object.keys(protocolErrors));
    for (const family of [
      'otp',
      'grant',
      'device',
      'relay',
      'token',
      'identity',
      'stream',
      'pairing',
      'approval',
      'ask',
      'asks',
      'peer',
      'key',
      'session',
      'sessions',
      'scope',
      'channel',
      'channels',
      'target',
      'message',
      'tunnel',
      'ticket',
      'not',
      'rate',
      'role',
      'certificate',
      'version',
      'cut',
      'request',
    ]) {
      for (const [, code = ''] of page.matchAll(new RegExp(`\`(${family}-[a-z-]+)\``, 'g'))) {
        assert.ok(table.has(code), code);
      }
    }
  });

  it('leaves nothing open', () => {
    assert.doesNotMatch(page, /TODO|TBD|FIXME|\?\?\?/);
  });
});
