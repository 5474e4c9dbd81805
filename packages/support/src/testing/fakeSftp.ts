import type { Duplex } from 'node:stream';
import { answerTypes, requestTypes, sftpVersion } from '@sallyport/protocol/sftp';
import { streamPair } from '@sallyport/protocol/testing';
import { PacketReader, PacketWriter } from '../sftp/fields.ts';
import { PacketCutter } from '../sftp/packets.ts';

export type SftpRequest = { readonly type: number; readonly id: number; readonly fields: PacketReader };

/** A device's end of SFTP that says whatever a test wants. Answers VERSION by itself. */
export function fakeSftp(
  answer: (request: SftpRequest, say: (packet: PacketWriter) => void) => void,
): Duplex {
  const { a, b } = streamPair();
  const cutter = new PacketCutter();
  const say = (packet: PacketWriter): void => {
    for (const piece of packet.packet()) b.write(piece);
  };
  b.on('error', () => {});
  b.on('data', (chunk: Buffer) => {
    for (const packet of cutter.take(chunk)) {
      const fields = new PacketReader(Buffer.from(packet));
      const type = fields.u8();
      const id = fields.u32();
      if (type === requestTypes.init) say(new PacketWriter().u8(answerTypes.version).u32(sftpVersion));
      else answer({ type, id, fields }, say);
    }
  });
  return a;
}

export const status = (id: number, code: number, sentence = ''): PacketWriter =>
  new PacketWriter().u8(answerTypes.status).u32(id).u32(code).text(sentence).text('en');
