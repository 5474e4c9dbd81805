import { createPrivateKey, sign, X509Certificate } from 'node:crypto';
import type { GrantId, StreamId } from '../grant/index.ts';
import { type FakeClock, fakeClock } from '../testing/index.ts';
import { testAuthority } from '../zoo/index.ts';
import { makeRecordingId, type RecordingHead, RecordingVerifier, RecordingWriter } from './index.ts';

const authority = await testAuthority(Date.UTC(2027, 0, 1));

/** A device that can record, and its head of a recording. */
export async function testDevice(id = 'dev-1') {
  const { key, leaf } = await authority.issue('device', id);
  const signer = createPrivateKey(key);
  const head: RecordingHead = {
    v: 1,
    recording: makeRecordingId(42, 'cd'.repeat(16) as GrantId),
    device: id,
    grant: 'cd'.repeat(16) as GrantId,
    reference: 'CASE-7',
    session: 'ab'.repeat(16) as StreamId,
    channel: 1,
    representative: 'erin@maker.example',
    keySha256: 'ef'.repeat(32),
    scope: 'terminal',
    kind: 'terminal',
    runAs: 'support',
    at: '2027-01-01T00:00:00.000Z',
    clock: 'relay',
    ownClock: '2027-01-01T00:00:00.000Z',
    bootMs: 1_000_000,
    boot: 'boot-a',
    certificate: Buffer.from(leaf).toString('base64'),
    columns: 80,
    rows: 24,
    term: 'xterm-256color',
    command: undefined,
    environment: { TERM: 'xterm-256color', LANG: 'C.UTF-8' },
  };
  return {
    head,
    certificate: new X509Certificate(leaf),
    pem: new X509Certificate(leaf).toString(),
    writer: (clock: FakeClock = fakeClock(), change: Partial<RecordingHead> = {}): RecordingWriter =>
      new RecordingWriter({
        head: { ...head, ...change },
        sign: (text) => sign('sha256', Buffer.from(text), signer),
        now: () => ({ at: new Date(clock.wallMs()).toISOString(), bootMs: clock.bootMs() }),
      }),
  };
}

/** A whole recording of so many events, as its lines with their line breaks. */
export function record(writer: RecordingWriter, events: number): string[] {
  const pieces = [writer.begin()];
  for (let n = 0; n < events; n += 1) pieces.push(...writer.output(Buffer.from(`line ${n}\r\n`)));
  pieces.push(...writer.end({ why: 'exit', exit: { code: 0 } }));
  return Buffer.concat(pieces)
    .toString('utf8')
    .split(/(?<=\n)/);
}

/** What is found of a file, read in pieces of this size. */
export function verdictOf(
  bytes: Buffer,
  options: ConstructorParameters<typeof RecordingVerifier>[0],
  pieceBytes = 64 * 1024,
) {
  const verifier = new RecordingVerifier(options);
  for (let at = 0; at < bytes.length; at += pieceBytes) verifier.write(bytes.subarray(at, at + pieceBytes));
  return verifier.end();
}
