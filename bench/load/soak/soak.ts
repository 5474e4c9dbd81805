/** Everything at once for a long time, and what it leaves behind in relay and agent. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Enabled } from '../../../scripts/stage/stage.ts';
import type { Bench } from '../../row.ts';
import { familyOf, handlesOf, residentOf } from '../resident.ts';
import { type Act, acts } from './acts.ts';
import { type Scene, setScene } from './scene.ts';

export type SoakForm = {
  readonly lastsMs: number;
  /** The relay lets a device have ten new grants in an hour. */
  readonly grantMs: number;
  readonly cutMs: number;
  readonly sampleMs: number;
};

/** Bytes that a process shares with nobody, and its descriptors. */
export type Sample = {
  readonly atMs: number;
  readonly relay: { readonly own: number; readonly handles: number };
  readonly agent: { readonly own: number; readonly handles: number };
};
/** What JavaScript holds after a collection of all garbage, in bytes. Once a minute: it changes what is resident. */
export type Held = { readonly atMs: number; readonly relay: number; readonly agent: number };
export type Left = {
  readonly relayHandles: number;
  readonly agentHandles: number;
  readonly processes: number;
  readonly files: readonly string[];
};
export type Soaked = {
  readonly samples: readonly Sample[];
  readonly held: readonly Held[];
  /** How often each act was performed, and what went wrong, without what a change of grants explains. */
  readonly performed: ReadonlyMap<string, number>;
  readonly failures: readonly string[];
  /** Of stock tools that a cut met: they do not try again while they get in. */
  readonly cutOff: number;
  readonly cuts: number;
  readonly grants: number;
  /** After a first round, and after all of it, nothing enabled both times. */
  readonly before: Left;
  readonly after: Left;
};

const longestFailures = 50;

export async function soak(
  { folder, say, defer }: Pick<Bench, 'folder' | 'say' | 'defer'>,
  form: SoakForm,
): Promise<Soaked> {
  const scene = await setScene(folder);
  defer(() => scene.end());
  return soakIn(scene, form, say);
}

async function soakIn(scene: Scene, form: SoakForm, say: (text: string) => void): Promise<Soaked> {
  say('a first round of all acts');
  const first = await scene.newGrant();
  for (const act of acts) await act.perform(scene, first, 0);
  await scene.disable();
  const before = await settled(scene);

  const performed = new Map<string, number>(acts.map(({ name }) => [name, 0]));
  const failures: string[] = [];
  let grant: Enabled | undefined;
  let grants = 0;
  let cuts = 0;
  let cutOff = 0;
  let cutAt = Number.NEGATIVE_INFINITY;
  const over = new AbortController();
  const rest = (ms: number): Promise<void> => sleep(ms, undefined, { signal: over.signal }).catch(() => {});
  const note = (name: string, error: unknown): void => {
    const text = `${name}: ${error instanceof Error ? error.message : String(error)}`;
    if (failures.length < longestFailures) failures.push(text);
    say(text.slice(0, 400));
  };
  const live = async (act: Act): Promise<void> => {
    for (let n = 1; !over.signal.aborted; n += 1) {
      const now = grant;
      if (now) {
        const cutsBefore = cuts;
        try {
          await act.perform(scene, now, n);
          performed.set(act.name, (performed.get(act.name) ?? 0) + 1);
        } catch (error) {
          // What a Disable ends is no failure. The tunnel takes a moment to come back, too.
          const wasCut = cuts !== cutsBefore || performance.now() - cutAt < 5_000;
          if (act.stock?.(n) && wasCut) cutOff += 1;
          else if (grant === now) note(act.name, error);
        }
      }
      await rest(now ? act.restMs : 200);
    }
  };
  const administer = async (): Promise<void> => {
    while (!over.signal.aborted) {
      grant = undefined;
      try {
        grant = await scene.newGrant();
        grants += 1;
      } catch (error) {
        note('new grant', error);
      }
      await rest(form.grantMs);
    }
  };
  const cutAgainAndAgain = async (): Promise<void> => {
    for (;;) {
      await rest(form.cutMs);
      if (over.signal.aborted) return;
      scene.cut();
      cuts += 1;
      cutAt = performance.now();
    }
  };
  const samples: Sample[] = [];
  const held: Held[] = [];
  const started = performance.now();
  const watch = async (): Promise<void> => {
    for (; !over.signal.aborted; await rest(form.sampleMs))
      samples.push(sampleOf(scene, performance.now() - started));
  };
  const all = Promise.all([...acts.map(live), administer(), cutAgainAndAgain(), watch()]);
  say('everything at once');
  for (let minute = 1; minute * 60_000 <= form.lastsMs; minute += 1) {
    await Promise.race([all, rest(60_000)]);
    const left = { atMs: performance.now() - started, ...(await scene.collect()) };
    held.push(left);
    const { relay, agent } = sampleOf(scene, 0);
    const counts = [...performed].map(([name, count]) => `${count} ${name}`).join(', ');
    say(`minute ${minute}: relay ${shown(relay, left.relay)}; agent ${shown(agent, left.agent)}; ${counts}`);
  }
  over.abort();
  grant = undefined;
  await all;
  await scene.disable();
  const after = await settled(scene);
  return { samples, held, performed, failures, cutOff, cuts, grants, before, after };
}

const mb = (bytes: number): string => (bytes / 1e6).toFixed(1);

const shown = ({ own, handles }: Sample['relay'], held: number): string =>
  `${mb(own)} MB, ${mb(held)} MB held, ${handles} handles`;

function sampleOf({ relayPid, agentPid }: Scene, atMs: number): Sample {
  const one = (pid: number): Sample['relay'] => ({ own: residentOf(pid).own, handles: handlesOf(pid) });
  return { atMs, relay: one(relayPid), agent: one(agentPid) };
}

/** What is left when nothing has changed for three seconds. */
async function settled(scene: Scene): Promise<Left> {
  const look = (): Left => ({
    relayHandles: handlesOf(scene.relayPid),
    agentHandles: handlesOf(scene.agentPid),
    processes: familyOf(scene.agentPid).length,
    files: scene.keptFiles(),
  });
  let last = look();
  for (let same = 0, tries = 0; same < 6 && tries < 120; tries += 1) {
    await sleep(500);
    const now = look();
    same = JSON.stringify(now) === JSON.stringify(last) ? same + 1 : 0;
    last = now;
  }
  return last;
}
