/** What a row of the bench is, and what it is given. A row is a file in `rows/` that exports `row`. */
import type { Nested } from './sides/openssh.ts';
import type { Sallyport } from './sides/sallyport.ts';
import type { Line } from './table.ts';

export type Row = {
  /** One word or two, to choose it by: `npm run bench -- NAME`. */
  readonly name: string;
  /** Whether `--quick` runs it, too; `bench.quick` tells it then to be short. */
  readonly quick: boolean;
  /** Whether it runs only when it is named: it takes longer than all others together. */
  readonly byNameOnly?: boolean;
  /** Measures, and returns the lines of the table. What it starts and does not end by itself, it gives to `bench.defer`. */
  run(bench: Bench): Promise<readonly Line[]>;
};

export type Bench = {
  readonly quick: boolean;
  /** How often each subject is measured for a figure. */
  readonly repetitions: number;
  /** A folder for the row's files, in memory where that is possible; removed at the end. */
  readonly folder: string;
  /** Tells whoever waits what is going on. */
  say(text: string): void;
  /** Ends something when the row is over; the last deferred first. */
  defer(end: () => unknown): void;
  /** Relay, device and a paired representative on loopback, as they come; started once, and shared by the rows. */
  sallyport(): Promise<Sallyport>;
  /** OpenSSH beside it: `sshd` as relay, `ssh -R` from the device, `ssh -J` to it. Started once, and shared. */
  openssh(): Promise<Nested>;
};
