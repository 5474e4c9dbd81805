import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { silentLog } from '@sallyport/protocol/environment';
import { fromDeviceSchemas } from '@sallyport/protocol/tunnel';
import type { WebSocket } from 'ws';
import type { BusEvent } from '../bus/index.ts';
import { GrantEnds } from '../grants/index.ts';
import { openStore, type Store } from '../store/index.ts';
import { grantTerms } from '../testing/device.ts';
import { enrolDevice, type Person } from '../testing/people.ts';
import { clock, makeFolder, random, startNode, type TestFolder, type TestRelay } from '../testing/relay.ts';
import { Tunnel, type TunnelActs, TunnelHub } from '../tunnel/index.ts';
import type { Node } from './context.ts';
import { tunnelActs } from './tunnels.ts';

const openMessage = () => ({ type: 'open' as const, ...fromDeviceSchemas.open.parse(grantTerms()) });

/** A node's part for tunnels on the database of a relay; what it tells others is kept. */
describe('opening a tunnel', () => {
  let folder: TestFolder;
  let relay: TestRelay;
  let store: Store;
  let device: Person;
  const published: BusEvent[] = [];
  const hub = new TunnelHub();
  const ends = new GrantEnds(clock, () => {});

  before(async () => {
    folder = await makeFolder();
    relay = await startNode(folder);
    device = await enrolDevice(relay);
    store = await openStore(folder.place);
  });
  after(async () => {
    ends.stop();
    await store.close();
    await relay.stop();
    folder.remove();
  });

  function makeTunnel(): { tunnel: Tunnel; acts: TunnelActs; close(): void } {
    const bus = { publish: (event: BusEvent) => published.push(event) };
    const state = { draining: false, databaseLost: false, stopped: false };
    const node = { clock, random, log: silentLog, host: 'localhost', store, bus, hub, ends, state };
    const acts = tunnelActs(node as unknown as Node);
    const silent = { send() {}, close() {}, terminate() {}, bufferedAmount: 0 };
    const socket = Object.assign(new EventEmitter(), silent) as unknown as WebSocket;
    const tunnel = new Tunnel(socket, { device: device.id, acts, clock, log: silentLog });
    hub.add(tunnel);
    return { tunnel, acts, close: () => socket.emit('close') };
  }
  it('that was closed meanwhile leaves nobody at the node', async () => {
    const { tunnel, acts, close } = makeTunnel();
    const opening = acts.open(tunnel, openMessage());
    close();
    await opening;
    const row = await store.db.selectFrom('tunnels').selectAll().executeTakeFirst();
    assert.equal(row?.node, null);
  });

  it('tells the nodes which grant it took the place of, also when it is not the newest', async () => {
    const [first, second] = [openMessage(), openMessage()];
    const older = makeTunnel();
    await older.acts.open(older.tunnel, first);
    const late = makeTunnel();
    hub.moved(device.id, 1_000);
    published.length = 0;
    await late.acts.open(late.tunnel, second);
    assert.deepEqual(published, [{ kind: 'grant', grant: first.grant }]);
  });
});
