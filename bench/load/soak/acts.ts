/** What people do in a soak. Each act is whole: it checks what comes back, and leaves nothing running. */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sayTo } from '../../../scripts/stage/echo.ts';
import { openPage } from '../../../scripts/stage/page.ts';
import { mustRun, programs, type Service, startService } from '../../../scripts/stage/program.ts';
import type { Enabled } from '../../../scripts/stage/stage.ts';
import { openTerminal } from '../../../scripts/stage/terminal.ts';
import type { Scene } from './scene.ts';

export type Act = {
  readonly name: string;
  /** The rest between two of them, in milliseconds. */
  readonly restMs: number;
  /** By a stock tool, which does not try again when the connection is cut while it gets in. */
  readonly stock?: (n: number) => boolean;
  perform(scene: Scene, grant: Enabled, n: number): Promise<void>;
};

const bytes = 2_000_000;
const longestMs = 60_000;

function mustBe(what: string, got: string, wanted: string): void {
  if (got !== wanted) throw new Error(`${what}: ${got.slice(0, 200)} instead of ${wanted.slice(0, 200)}`);
}

/** Runs a program that serves while `use` lasts. */
async function beside<T>(
  { asErin }: Scene,
  args: readonly string[],
  use: (service: Service) => Promise<T>,
): Promise<T> {
  const service = startService(programs.support, [...args, '--wait', '30'], asErin);
  try {
    return await use(service);
  } finally {
    await service.end('SIGINT');
  }
}

export const acts: readonly Act[] = [
  {
    name: 'shell',
    restMs: 8_000,
    stock: () => true,
    perform: async ({ sshConfig, asErin }, { port }, n) => {
      const terminal = openTerminal('ssh', ['-F', sshConfig, `${port}.sallyport`], asErin);
      try {
        for (const part of [1, 2, 3]) {
          terminal.type(`echo "shell $((${n} + ${part}))="\r`);
          await terminal.shows(new RegExp(`shell ${n + part}=`), longestMs);
        }
        terminal.type('exit\r');
        await terminal.ended;
      } finally {
        terminal.kill();
      }
    },
  },
  {
    name: 'exec',
    restMs: 3_000,
    perform: async ({ asErin }, { port }, n) => {
      const args = ['exec', String(port), '--wait', '30', '--', `cat | wc -c; echo ${n}`];
      const said = await mustRun(programs.support, args, { env: asErin, input: 'x'.repeat(300_000) });
      mustBe('exec', said.replaceAll(/\s+/g, ' '), `300000 ${n} `);
    },
  },
  {
    name: 'copy',
    restMs: 6_000,
    stock: (n) => n % 2 === 1,
    perform: async ({ files, asErin, sshConfig }, { port }, n) => {
      const [source, there, back] = ['source', 'there', 'back'].map((name) =>
        join(files, `${name}-${n}`),
      ) as [string, string, string];
      const data = randomBytes(bytes);
      writeFileSync(source, data);
      const cp = (...args: string[]): Promise<string> =>
        mustRun(programs.support, ['cp', ...args, '--wait', '30'], { env: asErin });
      if (n % 2 === 0) {
        await cp(source, `${port}:${there}`);
        await cp(`${port}:${there}`, back);
      } else {
        const scp = (...args: string[]): Promise<string> =>
          mustRun('scp', ['-q', '-F', sshConfig, ...args], { env: asErin });
        await scp(source, `${port}.sallyport:${there}`);
        await scp(`${port}.sallyport:${there}`, back);
      }
      const sum = (content: Buffer): string => createHash('sha256').update(content).digest('hex');
      mustBe('copy', sum(readFileSync(back)), sum(data));
      for (const file of [source, there, back]) rmSync(file);
    },
  },
  {
    name: 'forward',
    restMs: 4_000,
    perform: (scene, { port }, n) =>
      beside(scene, ['forward', String(port), `127.0.0.1:${scene.echo.port}`], async (service) => {
        const line = await service.line(/^forwarding /, longestMs);
        const local = Number(/127\.0\.0\.1:(\d+) →/.exec(line)?.[1]);
        const said = Array.from({ length: 4 }, (_, k) => `${n}-${k} ${'y'.repeat(100_000)}`);
        const heard = await Promise.all(said.map((text) => sayTo(local, text)));
        mustBe('forward', heard.join(), said.join());
      }),
  },
  {
    name: 'web',
    restMs: 6_000,
    perform: (scene, { port }) =>
      beside(scene, ['web', String(port)], async (service) => {
        const line = await service.line(/http:\/\/\S+\.localhost:\d+/, longestMs);
        const address = new URL(/http:\/\/\S+\.localhost:\d+\S*/.exec(line)?.[0] ?? '');
        const first = await openPage(address);
        const page = await openPage(new URL(first.location ?? '/', address), first.cookie);
        mustBe('web', String(page.status), '200');
      }),
  },
];
