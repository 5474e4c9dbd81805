/**
 * Proxies of the tests: `node proxyServer.ts ADDRESS NAME:PASSWORD` serves HTTP CONNECT to everybody on port 3129, and to
 * who has name and password on port 3128; SOCKS 5 to who has them on port 1080. Prints `ready`.
 */
import { createServer as createHttp } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';

const [address = '', secret = ''] = process.argv.slice(2);
const right = `Basic ${Buffer.from(secret).toString('base64')}`;

/** Joins both, once there is a connection onward; `done` says that there is one. */
function onward(socket: Socket, host: string, port: number, done: () => void): void {
  const far = connect(port, host, () => {
    done();
    socket.pipe(far).pipe(socket);
  });
  far.on('error', () => socket.destroy());
  socket.on('error', () => far.destroy());
  socket.on('close', () => far.destroy());
}

function serveHttp(port: number, open: boolean): void {
  const server = createHttp();
  server.on('connect', (request, socket: Socket) => {
    socket.on('error', () => {});
    if (!open && request.headers['proxy-authorization'] !== right) {
      socket.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="site"\r\nContent-Length: 0\r\n\r\n',
      );
      return;
    }
    const [host = '', target] = (request.url ?? '').split(':');
    onward(socket, host, Number(target), () => void socket.write('HTTP/1.1 200 OK\r\n\r\n'));
  });
  server.listen(port, address, ready);
}

/** RFC 1928 and 1929, for a client that asks by name and waits for each answer. */
async function socks(socket: Socket): Promise<void> {
  socket.on('error', () => {});
  const chunks = socket.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
  const next = async (): Promise<Buffer> => (await chunks.next()).value ?? Buffer.alloc(0);
  const methods = await next();
  if (!methods.subarray(2).includes(2)) return void socket.end(Buffer.from([5, 255]));
  socket.write(Buffer.from([5, 2]));
  const told = await next();
  const length = told[1] ?? 0;
  const known = `${told.subarray(2, 2 + length)}:${told.subarray(3 + length)}` === secret;
  socket.write(Buffer.from([1, known ? 0 : 1]));
  if (!known) return void socket.end();
  const asked = await next();
  const host = String(asked.subarray(5, 5 + (asked[4] ?? 0)));
  const port = asked.readUInt16BE(asked.length - 2);
  await chunks.return?.();
  onward(socket, host, port, () => void socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0])));
}

let waiting = 3;
function ready(): void {
  waiting -= 1;
  if (waiting === 0) console.log('ready');
}
serveHttp(3129, true);
serveHttp(3128, false);
createServer((socket) => void socks(socket).catch(() => socket.destroy())).listen(1080, address, ready);
