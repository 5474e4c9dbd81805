/**
 * A long line between two namespaces: it delays packets, and loses some by chance. A kernel without `netem`, such as
 * those of many build machines, has nothing for the delay; so the packets pass this process:
 *
 *   namespace a  TUN ── socat ── UDP ── here: wait, or lose ── UDP ── socat ── TUN  namespace b
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Namespace } from './namespace.ts';
import { must } from './system.ts';

export type WireQuality = {
  /** From one end to the other. */
  readonly delayMs: number;
  /** Of 1, each way. */
  readonly loss: number;
};

export type Wire = {
  become(quality: WireQuality): void;
  /** How many packets came so far, and how many of them were lost. */
  count(): { readonly packets: number; readonly lost: number };
  close(): void;
};

export type WireEnd = { readonly namespace: Namespace; readonly address: string };

/** Makes an interface `wire` in both namespaces. Addresses are given with their prefix length. */
export async function openWire(a: WireEnd, b: WireEnd, random: () => number): Promise<Wire> {
  let quality: WireQuality = { delayMs: 0, loss: 0 };
  const counted = { packets: 0, lost: 0 };
  const ends = [await openEnd(a), await openEnd(b)] as const;
  const pass = (from: End, to: End): void => {
    from.socket.on('message', (packet) => {
      counted.packets += 1;
      if (random() < quality.loss) counted.lost += 1;
      else setTimeout(() => to.socket.send(packet, to.port, '127.0.0.1'), quality.delayMs);
    });
  };
  pass(ends[0], ends[1]);
  pass(ends[1], ends[0]);
  return {
    become: (next) => {
      quality = next;
    },
    count: () => ({ ...counted }),
    close: () => {
      for (const end of ends) {
        end.socat.kill('SIGKILL');
        end.socket.close();
      }
    },
  };
}

type End = { readonly socket: Socket; readonly port: number; readonly socat: ChildProcess };

let ends = 0;

async function openEnd({ namespace, address }: WireEnd): Promise<End> {
  const socket = createSocket('udp4');
  socket.on('error', () => {}); // Its socat has ended: the packet is lost, as on any line.
  await once(socket.bind(0, '127.0.0.1'), 'listening');
  const held = createSocket('udp4');
  await once(held.bind(0, '127.0.0.1'), 'listening');
  const { port } = held.address();
  held.close();
  await once(held, 'close');
  ends += 1;
  // At first it lies beside those of everybody: a name that nobody has, of 15 letters at most.
  const made = `sp${process.pid}-${ends}`;
  const socat = spawn(
    'socat',
    [
      `TUN,tun-name=${made},iff-no-pi`,
      `UDP4-DATAGRAM:127.0.0.1:${socket.address().port},bind=127.0.0.1:${port}`,
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  for (let tries = 0; !existsSync(`/sys/class/net/${made}`); tries += 1) {
    if (tries > 500 || socat.exitCode !== null) throw new Error('socat made no TUN device');
    await sleep(10);
  }
  must('ip', ['link', 'set', made, 'netns', namespace.name, 'name', 'wire']);
  namespace.ip(`addr add ${address} dev wire`);
  namespace.ip('link set wire up');
  return { socket, port, socat };
}
