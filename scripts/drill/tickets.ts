import { connect } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { whoamiSchema } from '@sallyport/protocol/enrolment';
import type { Authority } from '@sallyport/protocol/identity';
import { connectTls } from '@sallyport/protocol/tls';
import { request, upgrade } from '@sallyport/runtime/http';
import { clock } from '../hostile/line.ts';
import { type Someone, stealKeys } from '../hostile/people.ts';
import { type Attempt, given, refusedWith } from './attempt.ts';
import type { Witnessed } from './knowledge.ts';
import type { Scene } from './scene.ts';

const host = 'localhost';
const askMs = 10_000;

/** While the true relay still runs: its memory read, its database written, a device of the thief's at its door. */
export function ticketAttempts(scene: Scene, { memory }: Witnessed): Attempt[] {
  return [
    {
      title: "tickets in the relay's memory",
      tried: 'has its own key written into the database as the device, and asks for each session anew',
      act: async () => {
        const tickets = [...memory.matches].filter((text) => /^[0-9a-f]{32}$/.test(text));
        given(tickets.length > 0, 'no ticket was found in the memory');
        const keys = stealKeys(scene.relayData);
        const impostor = await keys.issue('device', scene.device.own.id);
        const watch = scene.device.watch();
        const restore = writeDeviceKey(scene.relayData, impostor);
        try {
          const ask = { host, path: '/v1/whoami', clock, timeoutMs: askMs, answer: whoamiSchema };
          const me = await request(await dial(scene, keys.authority, impostor), ask);
          for (const ticket of tickets) {
            const taken = dial(scene, keys.authority, impostor).then((socket) =>
              upgrade(socket, { host, path: `/v1/sessions/${ticket}`, clock, timeoutMs: askMs }),
            );
            await refusedWith(taken, 'ticket-unknown');
          }
          return {
            outcome: `${tickets.length} tickets, each refused: ticket-unknown`,
            seen: await watch.seen(),
            honest: `the relay does take it for ${me.id}, and took each ticket once, from the device`,
          };
        } finally {
          restore();
        }
      },
    },
  ];
}

async function dial(scene: Scene, authority: Authority, who: Someone) {
  const [port = 0] = scene.stage.relayPorts;
  const { socket } = await connectTls(connect(port, '127.0.0.1'), {
    identity: who.tls,
    authority,
    role: 'relay',
    id: host,
    servername: host,
    now: () => clock.wallMs(),
    clock,
  });
  return socket;
}

/** @returns what puts the true key back */
function writeDeviceKey(relayData: string, { id, keySha256 }: Someone): () => void {
  const write = (key: string): void => {
    const database = new DatabaseSync(join(relayData, 'relay.sqlite'), { timeout: 5_000 });
    try {
      database.prepare('UPDATE devices SET key_sha256 = ? WHERE id = ?').run(key, id);
    } finally {
      database.close();
    }
  };
  const database = new DatabaseSync(join(relayData, 'relay.sqlite'), { readOnly: true });
  const row = database.prepare('SELECT key_sha256 FROM devices WHERE id = ?').get(id);
  database.close();
  write(keySha256);
  return () => write(String(row?.['key_sha256']));
}
