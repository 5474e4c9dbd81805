/** The stolen relay: whoever has all that it has tries to get in. */
import type { Attempt } from './attempt.ts';
import type { Borrowed } from './borrow.ts';
import { certificateAttempts, roleAttempt } from './certificates.ts';
import { elsewhereAttempt, otherRelayAttempt } from './elsewhere.ts';
import { changedDeviceAttempt, impostorAttempts } from './impostor.ts';
import { knowledgeAttempts, workThroughTrueRelay } from './knowledge.ts';
import { middleAttempt } from './middle.ts';
import { type Door, doorOf } from './moves.ts';
import { checkDevice, checkPins } from './oracle.ts';
import { replayAttempts } from './replays.ts';
import { type Line, make } from './report.ts';
import { type Scene, setScene, type Theft } from './scene.ts';
import { streamAttempts } from './streams.ts';
import { crossingAttempt, handOverAttempts, swapAttempt } from './swaps.ts';
import { afterDisableAttempt, longerAttempt, widerAttempt } from './terms.ts';
import { ticketAttempts } from './tickets.ts';

const hour = 3_600_000;
const terms = { forMs: hour, scopes: ['terminal', 'files:write'] } as const;

/** Makes every attempt, and tells each as it ends. @returns all of them */
export async function drill(borrowed: Borrowed, tell: (line: Line) => void): Promise<readonly Line[]> {
  const lines: Line[] = [];
  const scene = await setScene(borrowed);
  let theft: Theft | undefined;
  const check = async (): Promise<void> => {
    for (const device of theft ? [scene.device, theft.other.device] : [scene.device]) {
      await checkDevice(device, scene.honest);
    }
    for (const person of [scene.erin, scene.otto]) checkPins(person, scene.honest);
  };
  const tryAll = async (...attempts: readonly Attempt[]): Promise<void> => {
    for (const attempt of attempts) {
      const line = await make(attempt, lines.length + 1, check);
      lines.push(line);
      tell(line);
    }
  };
  try {
    const witnessed = await workThroughTrueRelay(scene);
    await tryAll(...knowledgeAttempts(scene, witnessed), ...ticketAttempts(scene, witnessed));
    theft = await scene.steal();
    await tryAll(otherRelayAttempt(theft));
    const longer = longerAttempt(scene, theft);
    await whereErinIsPaired(scene, theft, witnessed.grant.otp, tryAll);
    await tryAll(longer);
    await whereTheOtpIsLive(scene, theft, tryAll);
  } finally {
    await scene.end();
  }
  return lines;
}

type TryAll = (...attempts: readonly Attempt[]) => Promise<void>;

/** The grant in which erin paired and worked before the relay was stolen. */
async function whereErinIsPaired(
  scene: Scene,
  theft: Theft,
  spentOtp: string,
  tryAll: TryAll,
): Promise<void> {
  const door = await doorOf(theft.relay, scene.device);
  await tryAll(
    ...certificateAttempts(scene, theft, door, spentOtp),
    changedDeviceAttempt(scene, theft, door),
    ...replayAttempts(scene, theft, door),
    ...streamAttempts(scene, theft, door),
    widerAttempt(scene, theft, door),
    elsewhereAttempt(scene, theft, door),
    afterDisableAttempt(scene, door),
  );
}

/** A new grant, through the thief's relay from its beginning. */
async function whereTheOtpIsLive(scene: Scene, theft: Theft, tryAll: TryAll): Promise<void> {
  const { device } = scene;
  const first = await device.enable(terms);
  const door = await doorOf(theft.relay, device);
  await tryAll(middleAttempt(scene, theft, door, first), roleAttempt(scene, theft, door));
  const otp = await device.newPassword();
  await tryAll(...(await impostorAttempts(scene, theft, door, otp)));
  const otherDoor = await otherDevice(theft);
  await tryAll(
    ...handOverAttempts(scene, theft, door, { otp, otherDoor }),
    swapAttempt(scene, theft, door),
    crossingAttempt(scene, theft, door),
  );
}

async function otherDevice({ other }: Theft): Promise<Door> {
  await other.device.enable(terms);
  return doorOf(other.relay, other.device);
}
