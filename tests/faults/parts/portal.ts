/** A captive portal: what answers in place of everybody until a guest has pressed a button. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { must } from './system.ts';
import type { World } from './world.ts';

const ports = { tls: 8_443, http: 8_080 } as const;

/**
 * Opens one on the site's router: `tls` shows a certificate of its own, `http` answers whatever it hears by a redirect.
 *
 * @returns its port, for the router's rule
 */
export async function openPortal(world: World, kind: keyof typeof ports): Promise<number> {
  const port = ports[kind];
  if (kind === 'tls') {
    const key = join(world.folder, 'portal.key');
    const certificate = join(world.folder, 'portal.crt');
    must('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'],
      ...['-subj', '/O=Hotel Wi-Fi/CN=portal.hotel.example', '-keyout', key, '-out', certificate],
    ]);
    const files = `cert=${certificate},key=${key},verify=0`;
    world.routerService('socat', [`OPENSSL-LISTEN:${port},fork,reuseaddr,${files}`, 'SYSTEM:cat >/dev/null']);
  } else {
    const answer = join(world.folder, 'redirect');
    const location = 'Location: http://portal.hotel.example/login';
    writeFileSync(answer, `HTTP/1.1 302 Found\r\n${location}\r\nContent-Length: 0\r\n\r\n`);
    world.routerService('socat', [`TCP-LISTEN:${port},fork,reuseaddr`, `SYSTEM:cat '${answer}'`]);
  }
  const listening = (): string => must('ss', ['-N', world.network.site.name, '-Htln', `sport = :${port}`]);
  for (let tries = 0; listening() === ''; tries += 1) {
    if (tries > 200) throw new Error('the portal does not listen');
    await sleep(20);
  }
  return port;
}
