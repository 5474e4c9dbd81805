/** A running timer. Cancelling twice, or after it ran, does nothing. */
export interface Timer {
  cancel(): void;
}

/** All time that Sallyport knows comes from here, so that a test can move it. Every value is in milliseconds. */
export interface Clock {
  /** Milliseconds since 1970, as the machine believes. May be wrong, and may jump. */
  wallMs(): number;
  /** Never goes backwards; stands still while the machine sleeps. For deadlines of a connection. */
  monotonicMs(): number;
  /** Never goes backwards and counts through sleep; starts anew at boot. For the end of a grant. */
  bootMs(): number;
  /** Calls `run` once, `ms` milliseconds of monotonic time from now. */
  after(ms: number, run: () => void): Timer;
}
