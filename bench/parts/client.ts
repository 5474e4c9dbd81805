/**
 * Uses the device's TCP service: `client.ts HOST PORT give|take BYTES`. Says how long the bytes took where they arrived,
 * from the first to the last, as JSON.
 */
import { connect } from 'node:net';
import { countBytes } from './count.ts';
import { pour } from './pour.ts';

const [, , host = '127.0.0.1', port, verb, bytes] = process.argv;
const socket = connect({ host, port: Number(port), allowHalfOpen: true, noDelay: true });
socket.on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});
if (verb === 'give') {
  socket.write(`give ${bytes}\n`);
  console.log(JSON.stringify(await countBytes(socket)));
  socket.destroy();
} else {
  socket.write('take\n');
  pour(socket, Number(bytes));
  socket.pipe(process.stdout);
}
