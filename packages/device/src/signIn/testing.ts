import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GrantId } from '@sallyport/protocol/grant';
import { fakeClock, seededRandom } from '@sallyport/protocol/testing';
import type { ChannelSession } from '../channels/index.ts';
import { type AuditEvent, type AuditFields, openState, type State } from '../state/index.ts';
import { SignIn } from './signIn.ts';
import type { Visit } from './visit.ts';

/** A browser: bears what it is told to, and comes from an address, through a session or not. */
export type TestBrowser = {
  visit(): Visit;
  token: string | undefined;
  browser: string | undefined;
};

/** Signing in over a state of its own, a clock that is moved by hand, and a grant that a test sets. */
export function signInScene() {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-'));
  const random = seededRandom(7);
  const state: State = openState(folder, random);
  const clock = fakeClock(Date.UTC(2027, 0, 1));
  const log: { event: AuditEvent; fields: AuditFields }[] = [];
  const scene = {
    folder,
    state,
    clock,
    log,
    bootId: 'boot-a',
    /** The relay's time, where the own clock is wrong. */
    relayTime: undefined as number | undefined,
    grant: undefined as { id: GrantId; endsAt: number } | undefined,
    signIn: undefined as unknown as SignIn,
    /** The agent is started again. */
    restart(): void {
      scene.signIn = new SignIn({
        state,
        now: () => ({ bootId: scene.bootId, bootMs: clock.bootMs(), wallMs: clock.wallMs() }),
        relayTime: () => scene.relayTime,
        random,
        device: () => 'press-7',
        grant: () => scene.grant,
        audit: (event, fields) => log.push({ event, fields }),
      });
    },
    browser(address = '192.0.2.7', session?: ChannelSession): TestBrowser {
      const own: TestBrowser = {
        token: undefined,
        browser: undefined,
        visit() {
          const { token } = own;
          const found = token === undefined ? undefined : scene.signIn.visits.find(token, session, true);
          return {
            account: found?.account,
            signIn: found?.id,
            session,
            address,
            agent: 'test',
            alive: () =>
              token !== undefined && scene.signIn.visits.find(token, session, false)?.id === found?.id,
            knownBrowser: () => own.browser,
            remember(made) {
              own.token = made.token;
              own.browser = made.browser;
            },
            forget() {
              own.token = undefined;
            },
          };
        },
      };
      return own;
    },
    events: (name: AuditEvent): AuditFields[] =>
      log.filter(({ event }) => event === name).map(({ fields }) => fields),
    close(): void {
      state.close();
      rmSync(folder, { recursive: true });
    },
  };
  scene.restart();
  return scene;
}
export type SignInScene = ReturnType<typeof signInScene>;
