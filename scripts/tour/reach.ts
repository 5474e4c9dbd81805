import { sayTo } from '../stage/echo.ts';
import { openPage } from '../stage/page.ts';
import { programs, startService } from '../stage/program.ts';
import type { Grant, Scene } from './scene.ts';
import { type Play, prove } from './steps.ts';

/** The device's web page, and a TCP port. */
export async function reachSteps(play: Play, { erin, echo }: Scene, grant: Grant): Promise<void> {
  const port = String(grant.port);
  const env = { SALLYPORT_DATA: erin };
  await play("The device's own web interface", async () => {
    const web = startService(programs.support, ['web', port], env);
    try {
      const line = await web.line(/http:\/\/\S+\.localhost:\d+/);
      const address = new URL(/http:\/\/\S+\.localhost:\d+\S*/.exec(line)?.[0] ?? '');
      const without = await openPage(new URL('/', address));
      prove(without.status >= 400, `without the token the answer was ${without.status}`);
      const first = await openPage(address);
      prove(first.cookie !== undefined, 'the first address gave no cookie');
      const page = await openPage(new URL(first.location ?? '/', address), first.cookie);
      prove(
        page.status === 200 && /Remote Support/.test(page.body),
        `the page was ${page.status}: ${page.body.slice(0, 200)}`,
      );
      prove(!page.body.includes(grant.otp), 'the page shows the one-time password to a session');
      return `${address.origin} shows the page of the device; without its token it answers ${without.status}`;
    } finally {
      await web.end();
    }
  });
  await play('A TCP port of the device', async () => {
    const forward = startService(programs.support, ['forward', port, `127.0.0.1:${echo.port}`], env);
    try {
      const line = await forward.line(/127\.0\.0\.1:\d+/);
      const local = Number(/127\.0\.0\.1:(\d+)/.exec(line)?.[1]);
      const heard = await sayTo(local, 'is anybody there?');
      prove(heard === 'is anybody there?', `heard "${heard}"`);
      return `127.0.0.1:${local} here is 127.0.0.1:${echo.port} there`;
    } finally {
      await forward.end();
    }
  });
}
