/**
 * Processes that have not ended though all was done to end them. Whoever tells people of it makes it the error
 * `processes-left`: a table of errors would take memory of the watchdog for nothing.
 */
export class ProcessesLeft extends Error {
  /** Those that were there when it was last looked; empty if it could not be looked. */
  readonly pids: readonly number[];

  constructor(pids: readonly number[], options?: ErrorOptions) {
    super(`${pids.length} processes do not end: ${pids.join(', ')}`, options);
    this.pids = pids;
  }
}
