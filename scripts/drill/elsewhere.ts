import { once } from 'node:events';
import { createServer } from 'node:net';
import { makeTicket, startHostileRelay } from '../hostile/hostileRelay.ts';
import { codeOf } from '../hostile/line.ts';
import { type Attempt, GotIn, given } from './attempt.ts';
import { type Door, doorOf } from './moves.ts';
import { pause } from './pause.ts';
import type { Scene, Theft } from './scene.ts';

const places = ['127.0.0.2', 'relay.thief.example', 'xlocalhost', 'a.b.localhost', 'localhost.thief.example'];

/** The thief sends the device to other places than the relay's. */
export function elsewhereAttempt({ erin, device, stage }: Scene, { relay }: Theft, door: Door): Attempt {
  return {
    title: 'dial',
    tried: `knocks, and has the device dial back to ${places.join(', ')}`,
    act: async () => {
      const watch = device.watch();
      const trap = createServer((socket) => {
        trapped += 1;
        socket.destroy();
      });
      let trapped = 0;
      trap.listen(stage.relayPorts[0], '127.0.0.2');
      await once(trap, 'listening');
      try {
        const before = relay.connections();
        const codes = new Set<string | undefined>();
        for (const dial of places) {
          codes.add(await codeOf(relay.knock(door.tunnel, erin.own, { dial, ticket: makeTicket() })));
        }
        if (trapped > 0 || relay.connections() > before)
          throw new GotIn('the device knocked on another door');
        given([...codes].join() === 'dial-refused', `the device said ${[...codes].join(' and ')}`);
        const seen = await watch.seen('knock-refused-1', places.length);
        for (const dial of ['localhost', 'b.localhost']) {
          (await relay.knock(door.tunnel, erin.own, { dial })).destroy();
        }
        return {
          outcome: 'dial-refused, each, and no connection was made',
          seen,
          honest: 'it dials back to localhost, the enrolled host, and to b.localhost, a node of it',
        };
      } finally {
        trap.close();
      }
    },
  };
}

/** A relay of another name, with a certificate that the stolen authority signed. */
export function otherRelayAttempt({ keys, other }: Theft): Attempt {
  const { device } = other;
  const terms = { forMs: 3_600_000, scopes: ['web'] } as const;
  return {
    title: "a relay's certificate",
    tried: 'makes one for relay.thief.example, and puts that relay where a device looks for its own',
    act: async () => {
      const watch = device.watch();
      await other.relay.close();
      const { tls } = await keys.issue('relay', 'relay.thief.example');
      const wrong = await startHostileRelay({ ...keys, relay: tls }, other.ports);
      let problem: string | undefined;
      try {
        await device.enable(terms);
        for (let looks = 0; problem === undefined && looks < 400; looks += 1) {
          const status = await device.status();
          if (status.state === 'open') throw new GotIn('the device opened its grant there');
          problem = status.problem?.code;
          await pause(25);
        }
        given(wrong.connections() > 0, 'the device never came');
      } finally {
        await wrong.close();
        other.relay = await startHostileRelay(keys, other.ports);
      }
      given(problem === 'relay-not-ours' || problem === 'peer-untrusted', `the device says ${problem}`);
      const seen = `Enable waits, with the problem ${problem}; ${await watch.seen()}`;
      await device.enable(terms);
      await doorOf(other.relay, device);
      return {
        outcome: `the device hangs up: ${problem}`,
        seen,
        honest: 'a relay of the right name there, and the grant is open',
      };
    },
  };
}
