import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fail, type SallyportError } from '@sallyport/protocol/errors';
import { tunnelsPerDevice } from '../limits.ts';
import { type HubTunnel, TunnelHub } from './hub.ts';

class FakeTunnel implements HubTunnel {
  readonly device: string;
  readonly grant = undefined;
  epoch: number | undefined;
  readonly said: string[] = [];
  readonly #hub: TunnelHub;

  constructor(hub: TunnelHub, device: string) {
    this.#hub = hub;
    this.device = device;
    hub.add(this);
  }

  open(epoch: number): boolean {
    this.epoch = epoch;
    return this.#hub.opened(this, epoch);
  }

  send(message: { type: string }): void {
    this.said.push(message.type);
  }

  end(error: SallyportError): void {
    this.said.push(error.code);
    this.#hub.remove(this);
  }
}

describe('the tunnels of a node', () => {
  it('are one a device: the newer epoch ends the older', () => {
    const hub = new TunnelHub();
    const [older, newer] = [new FakeTunnel(hub, 'd1'), new FakeTunnel(hub, 'd1')];
    assert.ok(older.open(1));
    assert.ok(newer.open(2));
    assert.equal(hub.get('d1'), newer);
    assert.deepEqual([older.said, newer.said], [['tunnel-superseded'], []]);
  });

  it('keep the newer one when the older is opened late', () => {
    const hub = new TunnelHub();
    const [older, newer] = [new FakeTunnel(hub, 'd1'), new FakeTunnel(hub, 'd1')];
    assert.ok(newer.open(2));
    assert.equal(older.open(1), false);
    assert.equal(hub.get('d1'), newer);
    assert.deepEqual(older.said, ['tunnel-superseded']);
  });

  it('end when the device has a newer one at another node, opened here or not yet', () => {
    const hub = new TunnelHub();
    const opened = new FakeTunnel(hub, 'd1');
    opened.open(1);
    hub.moved('d1', 1);
    assert.deepEqual(opened.said, []);
    const late = new FakeTunnel(hub, 'd1');
    hub.moved('d1', 5);
    assert.deepEqual(opened.said, ['tunnel-superseded']);
    assert.equal(late.open(4), false);
    assert.equal(hub.get('d1'), undefined);
    assert.equal(hub.size, 0);
    assert.ok(new FakeTunnel(hub, 'd1').open(2), 'what is gone is forgotten');
  });

  it('are four a device at most, opened or not: the oldest ends for one more', () => {
    const hub = new TunnelHub();
    const tunnels = Array.from({ length: tunnelsPerDevice + 1 }, () => new FakeTunnel(hub, 'd1'));
    assert.deepEqual(
      tunnels.map(({ said }) => said),
      [['tunnel-superseded'], [], [], [], []],
    );
    assert.equal(hub.size, tunnelsPerDevice);
  });

  it('are found before they are opened, by a removal', () => {
    const hub = new TunnelHub();
    const tunnel = new FakeTunnel(hub, 'd1');
    const other = new FakeTunnel(hub, 'd2');
    hub.end(fail('identity-revoked'), ({ device }) => device === 'd1');
    assert.deepEqual([tunnel.said, other.said], [['identity-revoked'], []]);
    assert.equal(tunnel.open(1), false);
  });

  it('are told only when they are opened', () => {
    const hub = new TunnelHub();
    const [early, opened] = [new FakeTunnel(hub, 'd1'), new FakeTunnel(hub, 'd2')];
    opened.open(1);
    hub.broadcast({ type: 'drain', afterMs: 1 });
    assert.deepEqual([early.said, opened.said], [[], ['drain']]);
  });
});
