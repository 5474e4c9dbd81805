import type { Log, Random } from '@sallyport/protocol/environment';
import type { Agent } from '../agent/agent.ts';
import { fail } from '../errors/index.ts';
import type { State } from '../state/index.ts';
import { keepTest, testHistory } from './history.ts';
import { silences } from './hold.ts';
import type { ConnectionTest } from './view.ts';

export type TestsOptions = {
  readonly agent: Pick<Agent, 'testConnection' | 'holdConnections'>;
  readonly state: Pick<State, 'connectionTests'>;
  readonly random: Random;
  readonly log: Log;
  readonly changed: () => void;
};

/** The connection tests of a running agent: one at a time, each kept when it is done. */
export class ConnectionTests {
  readonly #options: TestsOptions;
  readonly #stop = new AbortController();
  #running: ConnectionTest | undefined;
  /** The test whose connections are held, behind it. */
  #held: ConnectionTest | undefined;
  #letGo = new AbortController();

  constructor(options: TestsOptions) {
    this.#options = options;
  }

  /** The one that runs, or ran last; and those before it. */
  list(): { newest: ConnectionTest | null; history: ConnectionTest[] } {
    const done = testHistory(this.#options.state).map((test) => this.#now(test));
    if (this.#running) return { newest: this.#running, history: done };
    return { newest: done[0] ?? null, history: done.slice(1) };
  }

  /** The one that runs, or ran last. */
  newest(): ConnectionTest | null {
    const [last] = testHistory(this.#options.state);
    return this.#running ?? (last ? this.#now(last) : null);
  }

  /** A test as it is now: its held connections may tell more than what is stored. */
  #now(test: ConnectionTest): ConnectionTest {
    return this.#held?.id === test.id ? this.#held : test;
  }

  /** Starts one. @returns its id. @throws connection-test-running, not-enrolled */
  start(): string {
    if (this.#running) throw fail('connection-test-running');
    const { agent, state, random, log, changed } = this.#options;
    const id = Buffer.from(random(8)).toString('hex');
    this.#letGo.abort();
    const tell = (test: ConnectionTest): void => {
      this.#running = test;
      changed();
    };
    const { signal } = this.#stop;
    // Told for the first time before it returns: from then on it runs.
    const done = agent.testConnection({ id, history: testHistory(state), signal, tell });
    done
      .then((test) => {
        tell(test);
        keepTest(state, test);
        this.#hold(test);
      })
      .catch((error) => {
        if (!this.#stop.signal.aborted) log.error('connection-test-failed-1', { error });
      })
      .finally(() => {
        this.#running = undefined;
        if (!this.#stop.signal.aborted) changed();
      });
    return id;
  }

  /** Holds connections on the ways that work; a test that begins lets them go. */
  #hold(test: ConnectionTest): void {
    const { agent, state, log, changed } = this.#options;
    this.#letGo = new AbortController();
    const { signal } = this.#letGo;
    const tell = (now: ConnectionTest): void => {
      this.#held = now;
      changed();
    };
    const held = agent.holdConnections(test, { signal, tell, longestMs: silences.at(-1) ?? 0 });
    held
      .then((now) => {
        if (!this.#stop.signal.aborted) keepTest(state, now);
      })
      .catch((error) => log.warn('connections-not-held-1', { error }))
      .finally(() => {
        if (this.#held?.id === test.id) this.#held = undefined;
        if (!this.#stop.signal.aborted) changed();
      });
  }

  close(): void {
    this.#stop.abort();
    this.#letGo.abort();
  }
}
