import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';
import { storeQueue } from '../../limits.ts';
import type { Answer, Request, SqlValue, WorkerOptions } from './messages.ts';

type Waiting = { resolve(answer: Answer): void; reject(error: Error): void };

/** SQLite in a worker thread, seen as one connection. Statements are carried out in the order given. */
export class SqliteConnection implements DatabaseConnection {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #asked: Request[] = [];
  #next = 0;
  #dead: Error | undefined;

  constructor(options: WorkerOptions) {
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: options,
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    this.#worker.on('message', (answers: readonly Answer[]) => {
      for (const answer of answers) {
        const waiting = this.#waiting.get(answer.id);
        this.#waiting.delete(answer.id);
        waiting?.resolve(answer);
      }
    });
    this.#worker.on('error', (error) => this.#die(error instanceof Error ? error : new Error(String(error))));
    this.#worker.on('exit', () => this.#die(new Error('the database thread has ended')));
  }

  #die(error: Error): void {
    this.#dead ??= error;
    for (const waiting of this.#waiting.values()) waiting.reject(this.#dead);
    this.#waiting.clear();
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    if (this.#dead) throw this.#dead;
    if (this.#waiting.size >= storeQueue) throw new Error('too many statements wait for the database');
    const id = this.#next++;
    const answer = await new Promise<Answer>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#ask({ id, sql: query.sql, parameters: query.parameters as readonly SqlValue[] });
    });
    if ('error' in answer) throw new Error(answer.error);
    return { rows: answer.rows as unknown as R[], numAffectedRows: BigInt(answer.changes) };
  }

  /** What is asked in one turn goes in one message: each message costs both threads a tenth of a millisecond. */
  #ask(request: Request): void {
    this.#asked.push(request);
    if (this.#asked.length > 1) return;
    queueMicrotask(() => this.#send());
  }

  #send(): void {
    if (this.#asked.length > 0 && !this.#dead) this.#worker.postMessage(this.#asked.splice(0));
  }

  // biome-ignore lint/correctness/useYield: the interface wants a generator; nothing here streams rows
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('rows are read in pages, not streamed');
  }

  /** Closes the file and waits until the thread has ended. */
  async close(): Promise<void> {
    if (this.#dead) return;
    this.#send();
    const ended = once(this.#worker, 'exit');
    this.#worker.postMessage('close');
    await ended;
  }
}
