import type { Log, Random } from '@sallyport/protocol/environment';
import type { Agent } from '../agent/agent.ts';
import { fail } from '../errors/index.ts';
import type { State } from '../state/index.ts';
import { keepTest, testHistory } from './history.ts';
import type { ConnectionTest } from './view.ts';

export type TestsOptions = {
  readonly agent: Pick<Agent, 'testConnection'>;
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

  constructor(options: TestsOptions) {
    this.#options = options;
  }

  /** The one that runs, or ran last; and those before it. */
  list(): { newest: ConnectionTest | null; history: ConnectionTest[] } {
    const done = testHistory(this.#options.state);
    if (this.#running) return { newest: this.#running, history: done };
    return { newest: done[0] ?? null, history: done.slice(1) };
  }

  /** The one that runs, or ran last. */
  newest(): ConnectionTest | null {
    return this.#running ?? testHistory(this.#options.state)[0] ?? null;
  }

  /** Starts one. @returns its id. @throws connection-test-running, not-enrolled */
  start(): string {
    if (this.#running) throw fail('connection-test-running');
    const { agent, state, random, log, changed } = this.#options;
    const id = Buffer.from(random(8)).toString('hex');
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

  close(): void {
    this.#stop.abort();
  }
}
