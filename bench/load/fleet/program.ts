/**
 * A process with a share of the fleet. Started by `fleet.ts`, which tells it what to do over the IPC channel.
 * `node program.ts IDENTITIES.json FIRST COUNT`
 */
import { readFileSync } from 'node:fs';
import { systemClock } from '@sallyport/runtime/clock';
import { systemRandom } from '@sallyport/runtime/random';
import { type FleetPlace, type LightDevice, makeLightDevice } from './device.ts';
import type { FleetIdentities } from './enrol.ts';
import type { FromFleet, ToFleet } from './fleet.ts';

type File = FleetIdentities & Pick<FleetPlace, 'host' | 'ports'>;

const [file = '', first = '0', count = '0'] = process.argv.slice(2);
const { members, ...place } = JSON.parse(readFileSync(file, 'utf8')) as File;
const clock = systemClock();
const say = (message: FromFleet): void => void process.send?.(message);

let up = 0;
let tries = 0;
const reasons = new Map<string, number>();
let telling = false;
/** Together, once a turn. */
function tell(): void {
  if (telling) return;
  telling = true;
  setImmediate(() => {
    telling = false;
    say({ up, tries, reasons: Object.fromEntries(reasons) });
  });
}

const starting = { left: [] as LightDevice[], perTurn: 0 };
const devices = members.slice(Number(first), Number(first) + Number(count)).map((member) => {
  let isUp = false;
  return makeLightDevice(member, place, {
    clock,
    random: systemRandom,
    events: {
      opened: () => {
        isUp = true;
        up += 1;
        starting.left.pop()?.start();
        tell();
      },
      lost: (code) => {
        if (isUp) up -= 1;
        isUp = false;
        tries += 1;
        reasons.set(code, (reasons.get(code) ?? 0) + 1);
        tell();
      },
    },
  });
});

process.on('message', (message: ToFleet) => {
  if (message.do === 'start') {
    starting.left = [...devices];
    for (let n = 0; n < message.atOnce; n += 1) starting.left.pop()?.start();
  } else if (message.do === 'forget') {
    tries = 0;
    reasons.clear();
    tell();
  } else {
    for (const device of devices) device.stop();
    process.disconnect();
  }
});
process.on('disconnect', () => process.exit());
tell();
