/** `echo.ts PORT` says on loopback what it hears, and does nothing else. */
import { createServer } from 'node:net';

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => socket.write(chunk));
});
server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('ready'));
