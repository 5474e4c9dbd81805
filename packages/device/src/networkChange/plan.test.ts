import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isAlready, planByIproute, readSnapshot, type Snapshot, withServers } from './iproute.ts';
import { planByNetworkManager, readDevice, readProfile } from './networkManager.ts';
import type { Step } from './steps.ts';
import { mustBePossible, type NetworkWish, networkWishSchema } from './wish.ts';

const hand: NetworkWish = {
  interface: 'eth0',
  ipv4: {
    method: 'hand',
    address: '10.0.0.7',
    prefix: 24,
    gateway: '10.0.0.1',
    dns: ['10.0.0.53', '9.9.9.9'],
  },
};
const dhcp: NetworkWish = { interface: 'eth0', ipv4: { method: 'dhcp' } };
const lines = (steps: readonly Step[] = []): string[] =>
  steps.map((step) =>
    step.do === 'run'
      ? [step.program, ...step.args.map((arg) => arg || "''")].join(' ')
      : step.do === 'start-dhcp'
        ? `start ${step.command.join(' ')}`
        : step.do,
  );
const rest = { resolver: 'search x\nnameserver 1.1.1.1\n', resolved: false, dhcp: [], installed: ['udhcpc'] };
const said = {
  addresses: JSON.stringify([
    {
      flags: ['BROADCAST', 'UP'],
      addr_info: [
        {
          local: '192.168.1.5',
          prefixlen: 24,
          broadcast: '192.168.1.255',
          label: 'eth0',
          scope: 'global',
          dynamic: true,
          valid_life_time: 3000,
          preferred_life_time: 3000,
        },
      ],
    },
  ]),
  routes: JSON.stringify([
    { dst: 'default', gateway: '192.168.1.1', protocol: 'dhcp', metric: 100, flags: [] },
    { dst: '192.168.1.0/24', protocol: 'kernel', scope: 'link', prefsrc: '192.168.1.5', flags: [] },
    { dst: '192.0.2.0/24', gateway: '192.168.1.9', flags: ['onlink'] },
    { dst: '192.168.1.1', scope: 'link', flags: [] },
  ]),
};
const now: Snapshot = readSnapshot('eth0', said, rest);

describe('a wish for the network', () => {
  const wrong = (change: object): string => {
    try {
      mustBePossible({ ...hand, ipv4: { ...hand.ipv4, ...change } } as NetworkWish, ['10.0.0.99']);
      return '';
    } catch (error) {
      const { details } = error as { details: { field: string; reason: string } };
      return `${details.field} ${details.reason}`;
    }
  };
  it('is refused for what cannot work, with the field that is wrong', () => {
    assert.equal(wrong({}), '');
    assert.equal(wrong({ gateway: null, dns: [] }), '');
    assert.equal(wrong({ dns: ['127.0.0.53'] }), '', 'a resolver of this device itself');
    for (const [change, expected] of [
      [{ address: '10.0.0' }, 'address no-address'],
      [{ address: '010.0.0.7' }, 'address no-address'],
      [{ address: '0.0.0.7' }, 'address no-host'],
      [{ address: '127.0.0.1' }, 'address no-host'],
      [{ address: '224.0.0.1' }, 'address no-host'],
      [{ address: '10.0.0.0' }, 'address is-network'],
      [{ address: '10.0.0.255' }, 'address is-broadcast'],
      [{ address: '10.0.0.99' }, 'address taken-here'],
      [{ gateway: '10.0.1.1' }, 'gateway other-network'],
      [{ gateway: '10.0.0.7' }, 'gateway own-address'],
      [{ gateway: '10.0.0.255' }, 'gateway is-broadcast'],
      [{ gateway: 'router' }, 'gateway no-address'],
      [{ dns: ['10.0.0.53', 'x'] }, 'dns no-address'],
      [{ dns: ['0.0.0.0'] }, 'dns no-host'],
    ] as const) {
      assert.equal(wrong(change), expected);
    }
  });
  it('is never more than words of a command, whatever is in it', () => {
    for (const name of ['-all', 'a b', 'a/b', '..', 'a:b', 'x'.repeat(16)]) {
      const parsed = networkWishSchema.safeParse({ ...hand, interface: name });
      if (!parsed.success) continue;
      assert.equal(name, '-all', 'a name that begins with a dash stands after `dev`');
    }
    fc.assert(
      fc.property(fc.string(), fc.string(), (address, gateway) => {
        const wish = { interface: 'eth0', ipv4: { ...hand.ipv4, address, gateway } };
        const parsed = networkWishSchema.safeParse(wish);
        if (!parsed.success) return;
        try {
          mustBePossible(parsed.data, []);
        } catch {
          return;
        }
        assert.match(address, /^\d+\.\d+\.\d+\.\d+$/);
        assert.match(gateway, /^\d+\.\d+\.\d+\.\d+$/);
      }),
      { seed: 7 },
    );
  });
});

describe('iproute2', () => {
  it('sets a port by hand, and then as it was, in the order in which each step can be done', () => {
    const plan = planByIproute(hand, now);
    assert.deepEqual(lines(plan?.apply), [
      'end-dhcp',
      'ip link set dev eth0 up',
      'ip -4 address flush dev eth0',
      'ip address add 10.0.0.7/24 broadcast + dev eth0',
      'ip -4 route replace 192.0.2.0/24 via 192.168.1.9 dev eth0 onlink',
      'ip -4 route replace 192.168.1.1 dev eth0 scope link',
      'ip -4 route replace default via 10.0.0.1 dev eth0 proto static',
      'write-resolver',
    ]);
    assert.deepEqual(lines(plan?.back), [
      'end-dhcp',
      'ip link set dev eth0 up',
      'ip -4 address flush dev eth0',
      'ip address replace 192.168.1.5/24 broadcast 192.168.1.255 label eth0 scope global valid_lft 3000 preferred_lft 3000 dev eth0',
      'ip -4 route replace 192.168.1.1 dev eth0 scope link',
      'ip -4 route replace default via 192.168.1.1 dev eth0 proto dhcp metric 100',
      'ip -4 route replace 192.0.2.0/24 via 192.168.1.9 dev eth0 onlink',
      'write-resolver',
    ]);
  });
  it('asks by DHCP with the program that did, or that there is; a port that was off is off again', () => {
    assert.deepEqual(lines(planByIproute(dhcp, now)?.apply).at(-1), 'start udhcpc -b -i eth0');
    const command = ['/sbin/dhclient', '-pf', '/run/x', 'eth0'];
    const leased = { ...now, up: false, dhcp: [{ pid: 1, command }] };
    assert.deepEqual(lines(planByIproute(hand, leased)?.back).slice(-2), [
      'start /sbin/dhclient -pf /run/x eth0',
      'ip link set dev eth0 down',
    ]);
    assert.equal(planByIproute(dhcp, { ...now, installed: [] }), undefined);
  });
  it('tells systemd-resolved the servers, where that answers', () => {
    const plan = planByIproute(hand, { ...now, resolved: true });
    assert.equal(lines(plan?.apply).at(-1), 'resolvectl dns eth0 10.0.0.53 9.9.9.9');
    assert.equal(lines(plan?.back).at(-1), 'resolvectl revert eth0');
  });
  it('leaves the other lines of the resolver file, and the file alone where no server is wished', () => {
    const resolver = '# by hand\nsearch x\nnameserver 1.1.1.1\noptions timeout:1\n';
    assert.equal(
      withServers(resolver, ['9.9.9.9']),
      '# by hand\nsearch x\noptions timeout:1\nnameserver 9.9.9.9\n',
    );
    const silent = { ...hand, ipv4: { ...hand.ipv4, dns: [] } } as NetworkWish;
    assert.ok(!lines(planByIproute(silent, now)?.apply).includes('write-resolver'));
    const plan = planByIproute(silent, { ...now, resolver: undefined });
    assert.ok(
      !lines(plan?.back).includes('write-resolver'),
      'nor what could not be read, when it is taken back',
    );
  });
  it('sees whether a port is as it is wished already', () => {
    assert.equal(isAlready(hand, now), false);
    const [one] = now.addresses;
    assert.ok(one);
    const there: Snapshot = {
      ...now,
      addresses: [{ ...one, local: '10.0.0.7' }],
      routes: [{ dst: 'default', gateway: '10.0.0.1', flags: [] }],
      resolver: 'nameserver 10.0.0.53\nnameserver 9.9.9.9\n',
    };
    assert.equal(isAlready(hand, there), true);
    assert.equal(isAlready(hand, { ...there, up: false }), false);
    assert.equal(isAlready(hand, { ...there, resolver: '' }), false);
  });
});

describe('NetworkManager', () => {
  const uuid = '0b2f5c1e-6f0c-4b6e-9f0a-0123456789ab';
  const fields = 'auto\n\n\n\nno\n';

  it('is asked whether it looks after a port, and by which connection', () => {
    assert.deepEqual(readDevice(`100 (connected)\n${uuid}\n`), { managed: true, uuid });
    assert.deepEqual(readDevice('30 (disconnected)\n\n'), { managed: true, uuid: undefined });
    assert.deepEqual(readDevice('10 (unmanaged)\n\n'), { managed: false, uuid: undefined });
    assert.deepEqual(readDevice(''), { managed: false, uuid: undefined });
  });
  it('sets a connection in its memory, then as it was, and stores it when that is confirmed', () => {
    const plan = planByNetworkManager(hand, readProfile('eth0', uuid, fields));
    const by =
      'ipv4.method manual ipv4.addresses 10.0.0.7/24 ipv4.gateway 10.0.0.1 ipv4.dns 10.0.0.53,9.9.9.9 ipv4.ignore-auto-dns yes';
    const before = "ipv4.method auto ipv4.addresses '' ipv4.gateway '' ipv4.dns '' ipv4.ignore-auto-dns no";
    const up = `nmcli --wait 20 connection up uuid ${uuid} ifname eth0`;
    assert.deepEqual(lines(plan.apply), [`nmcli connection modify --temporary ${uuid} ${by}`, up]);
    assert.deepEqual(lines(plan.back), [`nmcli connection modify --temporary ${uuid} ${before}`, up]);
    assert.deepEqual(lines(plan.keep), [`nmcli connection modify ${uuid} ${by}`]);
    // A DHCP server that does not answer, as before, is no reason to begin again and again.
    assert.deepEqual(
      plan.back.map((step) => step.do === 'run' && step.optional),
      [false, true],
    );
  });
  it('gets a connection of our own for a port that has none', () => {
    const plan = planByNetworkManager(dhcp, readProfile('eth0', undefined, ''));
    assert.match(
      lines(plan.apply)[1] ?? '',
      /^nmcli connection add type ethernet ifname eth0 con-name sallyport-eth0 save no -- ipv4\.method auto/,
    );
    assert.deepEqual(lines(plan.back), ['nmcli connection delete sallyport-eth0']);
  });
});
