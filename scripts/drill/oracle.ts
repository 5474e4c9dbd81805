import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Appliance } from './appliance.ts';
import { GotIn } from './attempt.ts';
import type { Representative } from './scene.ts';

/** No key is in, or may come in, that did not prove an OTP honestly. @throws GotIn, once for each */
export async function checkDevice(device: Appliance, honest: Set<string>): Promise<void> {
  const { sessions, paired } = await device.status();
  const stranger = [...sessions, ...paired].find(({ key }) => !honest.has(key));
  if (!stranger) return;
  honest.add(stranger.key);
  throw new GotIn(`${device.own.id} has let in ${stranger.representative}, by a key of the thief's`);
}

/** A representative's program takes no key for a device's that is not. @throws GotIn, once for each */
export function checkPins({ data, own }: Representative, honest: Set<string>): void {
  const folder = join(data, 'pins');
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
  for (const name of names) {
    const { deviceKey } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { deviceKey: string };
    if (honest.has(deviceKey)) continue;
    honest.add(deviceKey);
    throw new GotIn(`${own.id} takes a key of the thief's for a device`);
  }
}
