/** What the figures depend on besides the code: said above every table. */
import { spawnSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';

export function describeMachine(): string {
  const processors = cpus();
  const [load = 0] = loadavg();
  const openssh = spawnSync('ssh', ['-V'], { encoding: 'utf8' });
  return [
    `date     ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    `machine  ${processors.length} × ${processors[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`,
    `programs Node ${process.versions.node} (OpenSSL ${process.versions.openssl}), ${openssh.stderr?.trim() || 'no OpenSSH'}`,
    `load     ${load.toFixed(2)} before the first run`,
  ].join('\n');
}
