/**
 * DNS servers of the tests: `node dnsServer.ts ADDRESS=ANSWER[,ANSWER] …` says at each address over UDP these answers to
 * every question for an address, and `unknown` says that there is no such name; `wpad:ANSWER` is for the name `wpad`
 * alone, which nobody else has then. Prints `ready`.
 */
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';

const type = { a: 1, aaaa: 28 } as const;

/** Sixteen bytes of an IPv6 address, four of an IPv4 one. */
function bytesOf(address: string): Buffer {
  if (!isIPv6(address)) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail = ''] = address.split('::');
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  const [front, back] = [groups(head), groups(tail)];
  const all = [...front, ...Array.from({ length: 8 - front.length - back.length }, () => 0), ...back];
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 255]));
}

/** The answer to one question (RFC 1035, section 4): its header and question again, and one record for each address. */
function answerTo(query: Buffer, answers: readonly string[]): Buffer {
  let end = 12;
  while (query[end]) end += (query[end] ?? 0) + 1;
  const asked = query.readUInt16BE(end + 1);
  const isWpad = /^wpad\b/i.test(query.subarray(13, 13 + (query[12] ?? 0)).toString('latin1'));
  const forWpad = answers.filter((answer) => answer.startsWith('wpad:')).map((answer) => answer.slice(5));
  const own =
    forWpad.length > 0 && isWpad ? forWpad : answers.filter((answer) => !answer.startsWith('wpad:'));
  const records = own
    .filter((answer) => asked === (isIPv6(answer) ? type.aaaa : type.a))
    .map((answer) => {
      const data = bytesOf(answer);
      const head = Buffer.from([0xc0, 12, asked >> 8, asked & 255, 0, 1, 0, 0, 0, 60, 0, data.length]);
      return Buffer.concat([head, data]);
    });
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(answers.includes('unknown') ? 0x8183 : 0x8180, 2);
  header.writeUInt16BE(records.length, 6);
  header.fill(0, 8, 12);
  return Buffer.concat([header, query.subarray(12, end + 5), ...records]);
}

let waiting = process.argv.length - 2;
for (const word of process.argv.slice(2)) {
  const [address = '', answers = ''] = word.split('=');
  const socket = createSocket('udp4');
  socket.on('message', (query, from) =>
    socket.send(answerTo(query, answers.split(',')), from.port, from.address),
  );
  socket.bind(53, address, () => {
    waiting -= 1;
    if (waiting === 0) console.log('ready');
  });
}
