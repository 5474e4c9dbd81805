import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseAddresses, parseGateways, parseSilent } from './ip.ts';
import { parseDhclientLeases, parseNetworkdLease, parseNmcli, parseResolver } from './leases.ts';
import { lookAtNetwork } from './look.ts';
import { gatewaysOfProc, silentOfProc } from './proc.ts';
import { networkSchema } from './view.ts';

const addresses = JSON.stringify([
  { ifname: 'lo', flags: ['LOOPBACK', 'UP'], link_type: 'loopback', mtu: 65536, addr_info: [] },
  {
    ifname: 'eth0',
    flags: ['BROADCAST', 'UP', 'LOWER_UP'],
    mtu: 1500,
    operstate: 'UP',
    link_type: 'ether',
    address: '02:00:00:00:00:01',
    addr_info: [
      { family: 'inet', local: '192.168.1.7', prefixlen: 24, dynamic: true, scope: 'global' },
      { family: 'inet6', local: '2001:db8::7', prefixlen: 64, dynamic: true, protocol: 'kernel_ra' },
      { family: 'inet6', local: 'fe80::1', prefixlen: 64 },
    ],
  },
  {
    ifname: 'eth1\u001b[31m',
    flags: ['BROADCAST', 'UP', 'NO-CARRIER'],
    mtu: 1500,
    link_type: 'ether',
    address: '02:00:00:00:00:02',
    addr_info: [
      { family: 'inet', local: '10.0.0.9', prefixlen: 8 },
      { family: 'inet', local: '169.254.7.1', prefixlen: 16 },
    ],
  },
]);

describe('what iproute2 says', () => {
  it('is read as interfaces with link, addresses and who set them', () => {
    const [first, second] = parseAddresses(addresses);
    assert.deepEqual(
      { name: first?.name, up: first?.up, link: first?.link, mtu: first?.mtu },
      { name: 'eth0', up: true, link: true, mtu: 1500 },
    );
    assert.deepEqual(
      first?.addresses.map(({ address, by }) => [address, by]),
      [
        ['192.168.1.7', 'dhcp'],
        ['2001:db8::7', 'router'],
        ['fe80::1', 'self'],
      ],
    );
    assert.equal(second?.link, false);
    assert.deepEqual(
      second?.addresses.map(({ by }) => by),
      ['hand', 'self'],
    );
    assert.ok(!second?.name.includes('\u001b'), 'a name is printable');
  });
  it('is read as gateways in the order of use, several of one route too', () => {
    const json = JSON.stringify([
      { dst: 'default', gateway: '10.0.0.1', dev: 'eth1', protocol: 'dhcp', metric: 200, flags: [] },
      { dst: 'default', gateway: '192.168.1.1', dev: 'eth0', protocol: 'static', flags: [] },
      { dst: '192.168.1.0/24', dev: 'eth0', protocol: 'kernel' },
      { dst: 'default', metric: 300, nexthops: [{ gateway: '10.1.0.1', dev: 'eth2' }, { dev: 'ppp0' }] },
    ]);
    assert.deepEqual(
      parseGateways(json, 4).map(({ interface: name, address, by }) => [name, address, by]),
      [
        ['eth0', '192.168.1.1', 'hand'],
        ['eth1', '10.0.0.1', 'dhcp'],
        ['eth2', '10.1.0.1', undefined],
        ['ppp0', '', undefined],
      ],
    );
  });
  it('is read as neighbours that do not answer', () => {
    const json = JSON.stringify([
      { dst: '192.168.1.1', dev: 'eth0', state: ['FAILED'] },
      { dst: '192.168.1.2', dev: 'eth0', state: ['REACHABLE'] },
      { dst: '10.0.0.1', dev: 'eth1', state: ['INCOMPLETE'] },
    ]);
    assert.deepEqual(
      parseSilent(json).map(({ address }) => address),
      ['192.168.1.1', '10.0.0.1'],
    );
  });
  it('is refused where it is none', () => {
    for (const wrong of ['', '{}', '[{"ifname":7}]', `[{"ifname":"${'x'.repeat(300)}"}]`]) {
      assert.throws(() => parseAddresses(wrong));
    }
  });
});

describe('what the kernel says where iproute2 is missing', () => {
  it('is read as gateways', () => {
    const text =
      'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n' +
      'eth1\t00000000\t0100000A\t0003\t0\t0\t100\t00000000\n' +
      'eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\n' +
      'eth0\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\n';
    assert.deepEqual(
      gatewaysOfProc(text).map(({ interface: name, address, metric }) => [name, address, metric]),
      [
        ['eth0', '192.168.1.1', 0],
        ['eth1', '10.0.0.1', 100],
      ],
    );
    assert.deepEqual(gatewaysOfProc(''), []);
  });
  it('is read as neighbours that do not answer', () => {
    const text =
      'IP address       HW type     Flags       HW address            Mask     Device\n' +
      '192.168.1.1      0x1         0x0         00:00:00:00:00:00     *        eth0\n' +
      '192.168.1.2      0x1         0x2         02:00:00:00:00:02     *        eth0\n';
    assert.deepEqual(silentOfProc(text), [{ interface: 'eth0', address: '192.168.1.1' }]);
  });
});

describe('what DHCP servers told', () => {
  const expected = { interface: 'eth1', gateways: ['10.0.0.1'], dns: ['10.0.0.2', '10.0.0.3'] };

  it('is read from a lease of systemd-networkd', () => {
    const text = '# This is private data.\nADDRESS=10.0.0.9\nROUTER=10.0.0.1\nDNS=10.0.0.2 10.0.0.3\n';
    assert.deepEqual(parseNetworkdLease(text, 'eth1'), expected);
  });
  it('is read from the leases of dhclient, of which the last counts', () => {
    const lease = (routers: string): string =>
      `lease {\n  interface "eth1";\n  option routers ${routers};\n  option domain-name-servers 10.0.0.2,10.0.0.3;\n}\n`;
    assert.deepEqual(parseDhclientLeases(lease('10.9.9.9') + lease('10.0.0.1')), [expected]);
  });
  it('is read from what NetworkManager says', () => {
    const text =
      'GENERAL.DEVICE:eth0\n\nGENERAL.DEVICE:eth1\n' +
      'DHCP4.OPTION[1]:domain_name_servers = 10.0.0.2 10.0.0.3\nDHCP4.OPTION[2]:routers = 10.0.0.1\n';
    assert.deepEqual(parseNmcli(text), [{ interface: 'eth0', gateways: [], dns: [] }, expected]);
  });
  it('is taken for addresses only', () => {
    assert.deepEqual(parseNetworkdLease('ROUTER=$(reboot) 10.0.0.1 ::1; x\n', 'eth1').gateways, ['10.0.0.1']);
  });
});

describe('the resolver file', () => {
  it('gives the servers that the resolver asks: three at most', () => {
    const text = '# nameserver 9.9.9.9\nnameserver 10.0.0.1\nnameserver fe80::1%eth0\nnameserver x\n';
    assert.deepEqual(parseResolver(text), ['10.0.0.1', 'fe80::1%eth0']);
    assert.equal(parseResolver('nameserver 10.0.0.1\n'.repeat(9)).length, 3);
  });
});

describe('the network of this machine', () => {
  it('is described by the schema', async () => {
    networkSchema.parse(await lookAtNetwork());
  });
});
