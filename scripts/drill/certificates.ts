import { open, otherThan, pair } from '../hostile/line.ts';
import { newAuthority } from '../hostile/people.ts';
import { type Attempt, refusedWith } from './attempt.ts';
import { comeAs, type Door, reach } from './moves.ts';
import type { Scene, Theft } from './scene.ts';

/** The thief comes as a representative, with certificates of its making. Erin is paired; the thief knows the OTP she used. */
export function certificateAttempts(scene: Scene, theft: Theft, door: Door, spentOtp: string): Attempt[] {
  const { erin, device } = scene;
  const { keys } = theft;
  const openAs = async (who: Parameters<typeof reach>[1]): Promise<void> => {
    const { stream } = await open(await reach(door, who), door.port, door.id);
    stream.endDeliberately('session-closed');
  };
  const title = "a representative's certificate";
  return [
    {
      title,
      tried: 'makes one for a new name, and opens a session',
      act: async () => {
        const watch = device.watch();
        const outcome = await refusedWith(
          openAs(await keys.issue('representative', 'anybody@thief.example')),
          'not-paired',
        );
        const seen = await watch.seen('entry-refused-1');
        await openAs(erin.own);
        return { outcome, seen, honest: "erin's own key, which is paired, opens one" };
      },
    },
    {
      title,
      tried: `makes one for ${erin.own.id}, who is paired, with another key, and opens a session`,
      act: async () => {
        const watch = device.watch();
        const asErin = await keys.issue('representative', erin.own.id);
        const outcome = await refusedWith(openAs(asErin), 'not-paired');
        const seen = await watch.seen('entry-refused-1');
        await openAs(erin.own);
        return { outcome, seen, honest: 'the same name with the key that is paired' };
      },
    },
    {
      title,
      tried: 'knocks in the name and with the key of erin, and comes with its own',
      act: async () => {
        const watch = device.watch();
        const thief = await keys.issue('representative', 'anybody@thief.example');
        const entry = comeAs(door, erin.own, thief, (line) => open(line, door.port, door.id));
        const outcome = await refusedWith(entry, 'peer-untrusted');
        const seen = await watch.seen('knock-refused-1');
        return { outcome, seen, honest: 'a knock in its own name is followed: see above' };
      },
    },
    {
      title: 'a spent one-time password',
      tried: 'knows the OTP that erin used, and uses it again',
      act: async () => {
        const watch = device.watch();
        const thief = await keys.issue('representative', 'late@thief.example');
        const outcome = await refusedWith(pair(await reach(door, thief), door.port, spentOtp), 'otp-none');
        const seen = await watch.seen('entry-refused-1');
        const otp = await device.newPassword();
        scene.honest.add(thief.keySha256);
        await pair(await reach(door, thief), door.port, otp);
        return {
          outcome,
          seen,
          honest: 'the same certificate with a new OTP, which the administrator told it, is paired',
        };
      },
    },
    {
      title: 'guesses of the one-time password',
      tried: 'makes a certificate for each, with a name and key of its own',
      act: async () => {
        const watch = device.watch();
        const otp = await device.newPassword();
        for (let guesses = 1; guesses <= 5; guesses += 1) {
          const thief = await keys.issue('representative', `guess${guesses}@thief.example`);
          await refusedWith(
            pair(await reach(door, thief), door.port, otherThan(otp)),
            'otp-wrong',
            'otp-void',
          );
        }
        const last = await keys.issue('representative', 'last@thief.example');
        const outcome = await refusedWith(pair(await reach(door, last), door.port, otp), 'otp-void');
        const seen = await watch.seen('password-void-1');
        return {
          outcome: `five guesses of 10⁹, then ${outcome}, for the right one too`,
          seen,
          honest: 'the right OTP at the first go pairs: see above',
        };
      },
    },
  ];
}

/** Certificates that are no representative's, together with an OTP that is live. */
export function roleAttempt(scene: Scene, theft: Theft, door: Door): Attempt {
  const { device } = scene;
  const { keys } = theft;
  const name = 'anybody@thief.example';
  const kinds = [
    ["the device's role", () => keys.issue('device', device.own.id)],
    ["the relay's role", () => keys.issue('relay', 'localhost')],
    ['another authority', async () => (await newAuthority()).issue('representative', name)],
  ] as const;
  return {
    title: 'other certificates',
    tried: `comes with one of ${kinds.map(([kind]) => kind).join(', of ')}; and knows the OTP, which is live`,
    act: async () => {
      const otp = await device.newPassword();
      const watch = device.watch();
      for (const [, make] of kinds) {
        const who = await make();
        const entry = comeAs(door, { ...who, id: name }, who, (line) => pair(line, door.port, otp));
        await refusedWith(entry, 'peer-untrusted');
      }
      const seen = await watch.seen('knock-refused-1', kinds.length);
      const right = await keys.issue('representative', name);
      scene.honest.add(right.keySha256);
      await pair(await reach(door, right), door.port, otp);
      return {
        outcome: 'hung up on, before a word',
        seen,
        honest: "a representative's certificate with that OTP is paired",
      };
    },
  };
}
