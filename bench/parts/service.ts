/**
 * The device's TCP service: `service.ts PORT`. Whoever connects says one line first:
 *
 * - `give BYTES`  it sends so many bytes, and ends;
 * - `take`        it reads to the end, and answers how long that took, from the first byte to the last;
 * - `echo`        it says back what it hears.
 */
import { createServer, type Socket } from 'node:net';
import { countBytes } from './count.ts';
import { pour } from './pour.ts';

const port = Number(process.argv[2]);
const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  socket.once('readable', () => serve(socket));
});
server.listen(port, '127.0.0.1', () => console.log('ready'));

function serve(socket: Socket): void {
  const first: Buffer = socket.read() ?? Buffer.alloc(0);
  const end = first.indexOf('\n');
  const [verb, bytes] = first.toString('latin1', 0, end).split(' ');
  const rest = first.subarray(end + 1);
  if (verb === 'give') pour(socket, Number(bytes));
  else if (verb === 'take') countBytes(socket, rest).then((told) => socket.end(`${JSON.stringify(told)}\n`));
  else {
    if (rest.length > 0) socket.write(rest);
    socket.pipe(socket);
  }
}
