import type { Scope } from '@sallyport/protocol/grant';
import { statusSchema } from '../../packages/device/src/agent/status.ts';
import { auditSchema, callAgent, enabledSchema } from '../../packages/device/src/api/index.ts';
import type { AuditEvent } from '../../packages/device/src/state/index.ts';
import { newPassword, type Status, statusOf } from '../hostile/agent.ts';
import { clock } from '../hostile/line.ts';
import { deviceOf, type Someone } from '../hostile/people.ts';
import type { Service } from '../stage/program.ts';
import { type Entry, nameOf, tell } from './history.ts';
import { pause } from './pause.ts';

/** How long an event may take to be in history or log. In milliseconds. */
const noticedMs = 5_000;

/** A device, through the eyes and hands of its administrator. */
export type Appliance = {
  readonly own: Someone;
  readonly data: string;
  /** The agent's process. */
  readonly pid: number;
  status(): Promise<Status>;
  /** Enables anew, whatever was before. @returns the one-time password */
  enable(terms: { forMs: number; scopes: readonly Scope[] }): Promise<string>;
  disable(): Promise<void>;
  newPassword(): Promise<string>;
  /** Looks from now on. */
  watch(): Watch;
};

export type Watch = {
  /** What the history says since then, in words, and who is in. Waits until it has `event` so often. @throws if it never has */
  seen(event?: AuditEvent, times?: number): Promise<string>;
  /** The same for the agent's log: for what does not get far enough to be told to people. @throws if it says none of them */
  logged(...events: string[]): Promise<string>;
};

/** @param data the data folder of an agent that runs @param service its process */
export function applianceOf(data: string, service: Service): Appliance {
  let log = '';
  service.child.stderr?.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const history = async (): Promise<Entry[]> => {
    const { entries } = await callAgent(data, clock, { path: '/v1/audit', answer: auditSchema });
    return entries.map((entry) => ({ ...entry, at: Date.parse(entry.at) }));
  };
  const status = (): Promise<Status> => statusOf(data);
  const disable = async (): Promise<void> => {
    await callAgent(data, clock, { method: 'DELETE', path: '/v1/grant', answer: statusSchema });
  };
  return {
    own: deviceOf(data),
    data,
    pid: service.child.pid ?? 0,
    status,
    disable,
    newPassword: () => newPassword(data),
    enable: async (body) => {
      await disable();
      const call = { method: 'POST', path: '/v1/grant', body, answer: enabledSchema } as const;
      return (await callAgent(data, clock, call)).otp;
    },
    watch: () => {
      // By the time that an entry bears: the history is written a little later.
      const sinceMs = clock.wallMs();
      const logged = log.length;
      const seen: Watch['seen'] = (event, times = 1) =>
        within(`its history does not say ${event}`, async () => {
          const fresh = (await history()).filter(({ at }) => at >= sinceMs).reverse();
          const isThere =
            event === undefined || fresh.filter((entry) => entry.event === event).length >= times;
          return isThere ? tell(fresh, await status()) : undefined;
        });
      return {
        seen,
        logged: (...events) =>
          within(`its log says nothing of ${events.join(' or ')}`, async () => {
            const said = events.find((event) => log.slice(logged).includes(`"${event}"`));
            return said === undefined ? undefined : `${await seen()}; the agent's log: ${nameOf(said)}`;
          }),
      };
    },
  };
}

async function within(otherwise: string, look: () => Promise<string | undefined>): Promise<string> {
  const started = performance.now();
  while (performance.now() - started < noticedMs) {
    const found = await look();
    if (found !== undefined) return found;
    await pause(25);
  }
  throw new Error(otherwise);
}
