/** The bare splice of Node: `splice.ts LISTEN-PORT TARGET-PORT` joins TCP with TCP on loopback, and does nothing else. */
import { connect, createServer } from 'node:net';

const [, , listen, target] = process.argv;
const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
  const far = connect({ port: Number(target), host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  for (const socket of [near, far]) {
    socket.on('error', () => {
      near.destroy();
      far.destroy();
    });
  }
  near.pipe(far);
  far.pipe(near);
});
server.listen(Number(listen), '127.0.0.1', () => console.log('ready'));
