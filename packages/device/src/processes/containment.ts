import { endLeftoverCgroups, openCgroup, openCgroupFolder } from './cgroup.ts';
import { endLeftoverProcesses, openSweep } from './sweep.ts';

/** Holds all processes of one session, so that they can be ended together. */
export type Containment = {
  readonly kind: 'cgroup' | 'sweep';
  /** The file that a process writes its pid into to join; empty where joining is not a thing. */
  readonly joinPath: string;
  /** Tells of the leader of a process group that the agent started. */
  started(pid: number): void;
  /** Tells that this leader is gone. Its group may live on. */
  ended(pid: number): void;
  /** Ends every process of the session; resolves when none is left. Rejects with ProcessesLeft when one does not go within 10 s. */
  end(): Promise<void>;
};

const folders = new Map<string, string | undefined>();

/** The agent's folder of cgroups, looked for once. `configured` is where to make it, instead of the usual places. */
function cgroupFolder(configured: string | undefined): string | undefined {
  const key = configured ?? '';
  if (!folders.has(key)) folders.set(key, openCgroupFolder(configured));
  return folders.get(key);
}

/** Holds the processes of one session: in a cgroup where one can be made, else by looking for them at the end. */
export function openContainment(session: string, configured?: string): Containment {
  const folder = cgroupFolder(configured);
  return folder === undefined ? openSweep(session) : openCgroup(folder, session);
}

/**
 * Ends the processes that an earlier agent left behind when it was killed. Resolves with how processes will be held
 * from now on.
 *
 * @throws ProcessesLeft
 */
export async function endLeftovers(configured?: string): Promise<Containment['kind']> {
  const folder = cgroupFolder(configured);
  if (folder !== undefined) await endLeftoverCgroups(folder);
  await endLeftoverProcesses();
  return folder === undefined ? 'sweep' : 'cgroup';
}
