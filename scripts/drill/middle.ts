import { asDevice, fromDevice, fromRepresentative } from '../hostile/line.ts';
import { type Attempt, given } from './attempt.ts';
import {
  type Door,
  letThrough,
  lure,
  named,
  pairCommand,
  passFrames,
  reach,
  refusalOf,
  withOtp,
} from './moves.ts';
import type { Scene, Theft } from './scene.ts';

/** The thief between two inner TLS connections of its own. The OTP is live, and erin types it. */
export function middleAttempt(
  { erin, device }: Scene,
  { keys, relay }: Theft,
  door: Door,
  otp: string,
): Attempt {
  return {
    title: 'the middle of inner TLS',
    tried: 'is the device to erin and erin to the device, and passes the frames of their pairing on',
    act: async () => {
      const watch = device.watch();
      const asErin = await keys.issue('representative', erin.own.id);
      const impostor = await keys.issue('device', device.own.id);
      const finished = await lure(
        relay,
        () => erin.run(pairCommand(door), { env: withOtp(otp) }),
        async (visitor) => {
          const [toErin, toDevice] = await Promise.all([
            asDevice(visitor.join(named(door)), impostor, keys.authority),
            reach(door, asErin),
          ]);
          await Promise.all([
            passFrames(() => fromRepresentative(toErin), toDevice),
            passFrames(() => fromDevice(toDevice), toErin),
          ]);
        },
      );
      const code = refusalOf(finished);
      given(code === 'otp-wrong', `erin's program said ${code}`);
      const seen = await watch.seen('pairing-failed-1');
      const honest = await letThrough(door, erin, pairCommand(door), withOtp(otp));
      given(honest.status === 0, `the same OTP did not pair either: ${honest.stdout}`);
      return {
        outcome: `refused at both ends: ${code}, for the proof is bound to one connection, and these are two`,
        seen,
        honest: 'the same OTP typed again, and the bytes only copied: paired',
      };
    },
  };
}
