import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { TestSession } from '../channels/testing.ts';

export type Ran = { readonly output: Buffer; readonly errors: string; readonly code: number | null };

/** Stock OpenSSH programs, whose connections go to the `ssh` channel of a session. */
export type StockSsh = {
  readonly folder: string;
  /** The options that every program of OpenSSH takes, before the host `device`. */
  readonly options: readonly string[];
  start(program: string, args: readonly string[]): ChildProcess;
  /** Runs a program to its end. */
  run(program: string, args: readonly string[], input?: Buffer | string): Promise<Ran>;
  ssh(args: readonly string[], input?: Buffer | string): Promise<Ran>;
  /** Forgets the socket and the folder. What is connected stays so. */
  close(): void;
};

/** What `ProxyCommand` runs: it joins its own input and output with a socket. */
const bridge = `
  const socket = require('node:net').connect(process.argv[1]);
  process.stdin.pipe(socket).pipe(process.stdout);
  socket.on('close', () => process.exit(0));
`;

/** Makes a folder with what OpenSSH needs to reach this session. */
export async function stockSsh(session: TestSession): Promise<StockSsh> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-ssh-'));
  const path = join(folder, 'socket');
  const server = createServer({ allowHalfOpen: true }, (socket: Socket) => {
    const channel = session.client.request({ ':method': 'CONNECT', ':authority': 'ssh' });
    channel.on('error', () => {});
    channel.on('close', () => socket.end());
    socket.on('error', () => channel.destroy());
    socket.on('close', () => channel.close());
    socket.pipe(channel).pipe(socket);
  });
  server.listen(path);
  await once(server, 'listening');
  const bridgePath = join(folder, 'bridge.cjs');
  writeFileSync(bridgePath, bridge.replace('process.argv[1]', 'process.argv[2]'));
  const configPath = join(folder, 'config');
  writeFileSync(
    configPath,
    `Host device
      ProxyCommand ${process.execPath} ${bridgePath} ${path}
      UserKnownHostsFile /dev/null
      StrictHostKeyChecking no
      LogLevel ERROR
      BatchMode yes
    `,
  );
  const options = ['-F', configPath];
  const start = (program: string, args: readonly string[]): ChildProcess => {
    const child = spawn(program, [...options, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin?.on('error', () => {});
    return child;
  };
  const run = async (program: string, args: readonly string[], input: Buffer | string = ''): Promise<Ran> => {
    const child = start(program, args);
    const { stdin, stdout, stderr } = child;
    if (!stdin || !stdout || !stderr) throw new Error('no pipes');
    stdin.end(input);
    const [output, errors, [code]] = await Promise.all([
      buffer(stdout),
      buffer(stderr),
      once(child, 'close') as Promise<[number | null]>,
    ]);
    return { output, errors: errors.toString(), code };
  };
  return {
    folder,
    options,
    start,
    run,
    ssh: (args, input) => run('ssh', args, input),
    close() {
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
