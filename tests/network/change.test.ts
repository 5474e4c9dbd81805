/** The network of a device is set by hand and taken back, in a network of its own, by iproute2 and dhclient for real. */
import assert from 'node:assert/strict';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { callAgent } from '../../packages/device/src/api/client.ts';
import { auditSchema } from '../../packages/device/src/api/schemas.ts';
import { trialSchema } from '../../packages/device/src/networkChange/index.ts';
import { systemClock } from '../../packages/runtime/src/clock/index.ts';
import {
  endNamespace,
  joinNamespaces,
  makeNamespace,
  type Namespace,
  removeLeftovers,
  runFolder,
} from '../faults/parts/namespace.ts';
import { askUntil } from '../faults/parts/until.ts';
import { mustRun, programs, type Service, startService } from '../stage/index.ts';

const clock = systemClock();
const begunSchema = z.object({ id: z.string(), confirmWithinMs: z.number() });
const hand = {
  method: 'hand',
  address: '198.18.0.77',
  prefix: 24,
  gateway: '198.18.0.2',
  dns: ['198.18.0.53'],
};

describe('the network of a device that administrators may change', { timeout: 120_000 }, () => {
  let folder = '';
  let data = '';
  let site: Namespace;
  let device: Namespace;
  let agent: Service;
  const services: Service[] = [];
  before(async () => {
    removeLeftovers();
    folder = runFolder();
    data = join(folder, 'device');
    site = makeNamespace('n-site', { folder });
    device = makeNamespace('n-device', { folder });
    joinNamespaces(site, device, { a: 'lan', b: 'out' });
    site.ip('addr add 198.18.0.1/24 dev lan');
    site.ip('addr add 198.18.0.2/24 dev lan');
    device.ip('addr add 198.18.0.10/24 broadcast 198.18.0.255 dev out');
    device.ip('route add default via 198.18.0.1 metric 50');
    device.ip('route add 192.0.2.0/24 via 198.18.0.9');
    writeFileSync(resolver(), `search site.example\nnameserver 198.18.0.1\n`);
    const dhcp = ['--no-daemon', '--conf-file=/dev/null', '--port=0', '--interface=lan', '--bind-interfaces'];
    const range = [
      '--dhcp-range=198.18.0.100,198.18.0.120,1h',
      '--dhcp-option=3,198.18.0.1',
      `--dhcp-leasefile=${join(folder, 'leases')}`,
      '--user=root',
    ];
    const served = site.enter('dnsmasq', [...dhcp, ...range]);
    services.push(startService(served.command, served.args));
    await mustRun(programs.device, ['admin', 'add', '--temporary', '--for', '1h', '--data', data]);
    writeFileSync(join(data, 'config.yaml'), 'network: {manage: true}\n', { mode: 0o600 });
    agent = await start();
  });
  after(async () => {
    for (const service of services) await service.end('SIGKILL');
    for (const one of [site, device]) if (one) endNamespace(one);
    rmSync(folder, { recursive: true, force: true });
  });

  const resolver = (): string => join(folder, 'etc-n-device', 'resolv.conf');
  async function start(): Promise<Service> {
    // Leases of dhclient are those of this namespace alone.
    const script = 'mount -t tmpfs tmpfs /var/lib/dhcp && exec "$@"';
    const { command, args } = device.enter('sh', [
      '-c',
      script,
      'sh',
      programs.device,
      'serve',
      '--data',
      data,
    ]);
    const service = startService(command, args);
    services.push(service);
    await service.line(/^ready/);
    return service;
  }
  const ask = <A extends z.ZodType>(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    answer: A,
    body?: unknown,
  ) =>
    callAgent(data, clock, {
      method,
      path: `/v1/network/${path}`,
      answer,
      ...(body === undefined ? {} : { body }),
    });
  const begin = (ipv4: object) => ask('POST', 'trial', begunSchema, { interface: 'out', ipv4 });
  const view = () => ask('GET', 'trial', trialSchema);
  const addresses = (): string[] =>
    (
      JSON.parse(device.ip('-j -4 address show dev out')) as {
        addr_info: { local: string; prefixlen: number }[];
      }[]
    )
      .flatMap(({ addr_info }) => addr_info)
      .map(({ local, prefixlen }) => `${local}/${prefixlen}`);
  const routes = (): string[] =>
    device
      .ip('-4 route show dev out')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.includes('proto kernel'))
      .toSorted();
  const isBefore = (): boolean =>
    addresses().join() === '198.18.0.10/24' &&
    routes().join() === '192.0.2.0/24 via 198.18.0.9,default via 198.18.0.1 metric 50' &&
    readFileSync(resolver(), 'utf8') === 'search site.example\nnameserver 198.18.0.1\n';
  const isByHand = (): boolean =>
    addresses().join() === '198.18.0.77/24' &&
    routes().some((route) => route.includes('default via 198.18.0.2'));
  const soon = async (what: string, isSo: () => boolean): Promise<void> =>
    void (await askUntil(
      async () => ({ what, is: isSo(), addresses: addresses(), routes: routes() }),
      ({ is }) => is,
      20_000,
    ));

  it('refuses what cannot work, with the field, and changes nothing', async () => {
    for (const [wrong, field, reason] of [
      [{ address: '198.18.0.0' }, 'address', 'is-network'],
      [{ address: '127.0.0.2' }, 'address', 'no-host'],
      [{ gateway: '192.0.2.1' }, 'gateway', 'other-network'],
      [{ dns: ['::1'] }, 'dns', 'no-address'],
    ] as const) {
      await assert.rejects(begin({ ...hand, ...wrong }), {
        code: 'network-value-wrong',
        details: { field, reason, value: Object.values(wrong).flat()[0] },
      });
    }
    const other = { interface: 'nothing0', ipv4: hand };
    await assert.rejects(ask('POST', 'trial', begunSchema, other), { code: 'network-interface-unknown' });
    assert.ok(isBefore());
  });

  it('is set by hand, and as it was when that is taken back', async () => {
    const { id, confirmWithinMs } = await begin(hand);
    assert.equal(confirmWithinMs, 60_000);
    await soon('set by hand', isByHand);
    assert.equal(readFileSync(resolver(), 'utf8'), 'search site.example\nnameserver 198.18.0.53\n');
    assert.ok(
      routes().some((route) => route.startsWith('192.0.2.0/24 via 198.18.0.9')),
      'other routes stay',
    );
    await assert.rejects(begin(hand), { code: 'network-trial-standing' });
    await ask('DELETE', `trial/${id}`, trialSchema);
    assert.ok(isBefore(), JSON.stringify([addresses(), routes()]));
    assert.equal((await view()).last?.outcome, 'taken-back');
  });

  it('is taken back by another process when the time is over and the agent was killed', async () => {
    const { id } = await begin(hand);
    await soon('set by hand', isByHand);
    await agent.end('SIGKILL');
    passTime();
    await soon('taken back', isBefore);
    agent = await start();
    await assert.rejects(ask('POST', `trial/${id}/confirm`, trialSchema), { code: 'network-trial-unknown' });
    const { entries } = await callAgent(data, clock, { path: '/v1/audit', answer: auditSchema });
    assert.ok(entries.some(({ event }) => event === 'network-taken-back-1'));
  });

  it('goes on to wait when the agent is killed and starts within the time, and stays when it is confirmed', async () => {
    const { id } = await begin(hand);
    await soon('set by hand', isByHand);
    await agent.end('SIGKILL');
    agent = await start();
    assert.equal((await view()).standing?.id, id);
    assert.ok(isByHand());
    await ask('POST', `trial/${id}/confirm`, trialSchema);
    assert.ok(isByHand());

    // A boot forgets what the kernel had; the agent does not.
    await agent.end('SIGKILL');
    device.ip('-4 addr flush dev out');
    agent = await start();
    assert.ok(isByHand());
  });

  it('asks for an address by DHCP again, and has the one of before when that is taken back', async () => {
    const { id } = await begin({ method: 'dhcp' });
    await soon('by DHCP', () => /^198\.18\.0\.1[012]\d\/24$/.test(addresses().join()));
    await ask('DELETE', `trial/${id}`, trialSchema);
    assert.ok(isByHand(), JSON.stringify([addresses(), routes()]));
  });

  /** The time of the change that stands is over in a moment. */
  function passTime(): void {
    const file = join(data, 'network-trial.json');
    const standing = JSON.parse(readFileSync(file, 'utf8')) as object;
    // Whole at every moment, as the agent writes it: the keeper may look at any, and gives up what cannot be understood.
    writeFileSync(`${file}.new`, JSON.stringify({ ...standing, endsAtBootMs: 0 }), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
});
