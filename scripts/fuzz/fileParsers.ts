/** Requests for files, at the device, and answers to them, at the representative. */
import { Duplex } from 'node:stream';
import { answerTypes, requestTypes } from '@sallyport/protocol/sftp';
import { type BytePath, isWithin, normal } from '../../packages/device/src/files/bytePath.ts';
import { makeFence } from '../../packages/device/src/files/fence.ts';
import { Inlet } from '../../packages/device/src/files/inlet.ts';
import { Refusal } from '../../packages/device/src/files/refusal.ts';
import { decodeRequest } from '../../packages/device/src/files/request.ts';
import { SftpClient } from '../../packages/support/src/sftp/client.ts';
import { PacketWriter } from '../../packages/support/src/sftp/fields.ts';
import { isRefusal, type Parser } from './parser.ts';

const paths = [
  '/srv',
  '/srv/../etc/passwd',
  '/srv/./a//b/',
  '/proc/self/root/etc',
  '/data/agent/identity.json',
  '..',
];
const fence = makeFence({
  roots: ['/srv' as BytePath],
  rootsAsWritten: ['/srv' as BytePath],
  forbidden: ['/srv/agent' as BytePath],
  write: false,
});
/** @throws Error if a path that stays outside by its text is let in by it */
function judgePath(input: Buffer): void {
  const written = input.toString('latin1') as BytePath;
  const real = normal(written, '/srv' as BytePath);
  if (normal(real, '/' as BytePath) !== real) throw new Error('it has two normal forms');
  if (!real.startsWith('/') || real.split('/').some((part) => part === '.' || part === '..'))
    throw new Error(`${real} is not absolute and plain`);
  let allowed = true;
  try {
    fence.check(real, 'look');
  } catch (refused) {
    if (!(refused instanceof Refusal)) throw refused;
    allowed = false;
  }
  const inside = isWithin(real, '/srv' as BytePath) && !isWithin(real, '/srv/agent' as BytePath);
  if (allowed !== inside) throw new Error(`${real} is judged wrongly`);
}

/** Requests as a client packs them: length, type, number, fields. */
const sftpRequests = [
  new PacketWriter().u8(requestTypes.init).u32(3),
  new PacketWriter().u8(requestTypes.open).u32(1).text('/srv/a').u32(1).attributes({}),
  new PacketWriter().u8(requestTypes.read).u32(2).text('handle01').u64(0).u32(32_768),
  new PacketWriter().u8(requestTypes.write).u32(3).text('handle01').u64(0).bytes(Buffer.from('data')),
  new PacketWriter()
    .u8(requestTypes.setstat)
    .u32(4)
    .text('/srv/a')
    .attributes({ size: 1, permissions: 0o644, accessed: 1, modified: 2 }),
  new PacketWriter().u8(requestTypes.rename).u32(5).text('/srv/a').text('/srv/b'),
  new PacketWriter()
    .u8(requestTypes.extended)
    .u32(6)
    .text('posix-rename@openssh.com')
    .text('/srv/a')
    .text('/srv/b'),
  new PacketWriter()
    .u8(requestTypes.extended)
    .u32(7)
    .text('users-groups-by-id@openssh.com')
    .bytes(Buffer.alloc(8))
    .bytes(Buffer.alloc(4)),
  new PacketWriter()
    .u8(requestTypes.extended)
    .u32(8)
    .text('copy-data')
    .text('h')
    .u64(0)
    .u64(9)
    .text('h')
    .u64(0),
].map((packet) => Buffer.concat(packet.packet()));

/** Answers as the device packs them, to the requests that `take` makes. */
const sftpAnswers = Buffer.concat(
  [
    new PacketWriter().u8(answerTypes.version).u32(3).text('posix-rename@openssh.com').text('1'),
    new PacketWriter().u8(answerTypes.attributes).u32(1).attributes({ size: 4, permissions: 0o100_644 }),
    new PacketWriter().u8(answerTypes.name).u32(2).u32(1).text('/home').text('').attributes({}),
    new PacketWriter().u8(answerTypes.handle).u32(3).text('handle'),
    new PacketWriter()
      .u8(answerTypes.name)
      .u32(4)
      .u32(2)
      .text('a')
      .text('a')
      .attributes({})
      .text('b')
      .text('b')
      .attributes({}),
    new PacketWriter().u8(answerTypes.data).u32(5).text('data'),
    new PacketWriter().u8(answerTypes.status).u32(6).u32(0).text('').text(''),
  ].flatMap((packet) => packet.packet()),
);

async function askFiles(input: Buffer): Promise<void> {
  const connection = new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => done() });
  connection.on('error', () => {});
  const opening = SftpClient.open(connection);
  // All is asked before an answer comes, in this order; each has its outcome.
  const asked = opening.then((client) =>
    Promise.allSettled([
      client.stat('/a'),
      client.realpath('.'),
      client.openToRead('/a'),
      client.readFolder(Buffer.from('h')),
      client.read(Buffer.from('h'), 0, 4),
      client.close(Buffer.from('h')),
    ]),
  );
  asked.catch(() => {}); // Looked at below.
  const first = input.length >= 4 ? Math.min(input.length, 4 + input.readUInt32BE(0)) : input.length;
  connection.push(input.subarray(0, first));
  await new Promise(setImmediate);
  connection.push(input.subarray(first));
  connection.push(null);
  await new Promise(setImmediate);
  connection.destroy();
  for (const outcome of await asked)
    if (outcome.status === 'rejected' && !isRefusal(outcome.reason)) throw outcome.reason;
}

export const fileParsers: { readonly [name: string]: Parser } = {
  'a path of SFTP': {
    take: judgePath,
    largestBytes: 8 * 1_024,
    examples: paths.map((path) => Buffer.from(path)),
  },
  'the packets of SFTP, at the device': {
    take: (input) => {
      const inlet = new Inlet();
      for (let at = 0; at < input.length; ) {
        const length = input.copy(inlet.room(), 0, at);
        at += length;
        inlet.filled(length, (packet) => void decodeRequest(packet));
      }
    },
    // Its segments are made whole, whatever comes.
    largestBytes: 1_024 * 1_024,
    examples: [Buffer.concat(sftpRequests), ...sftpRequests],
  },
  'the packets of SFTP, at the representative': {
    take: askFiles,
    largestBytes: 8 * 1_024,
    examples: [sftpAnswers],
  },
};
