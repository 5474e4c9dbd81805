/** One of those that are compared: how the same is done by it. */
export type CommandLine = readonly [command: string, ...args: string[]];

/** A shell that reads nobody's settings. */
export const plainShell = 'exec bash --norc --noprofile -i';

export type Forward = {
  /** A port of loopback that leads to the device's TCP service (`parts/service.ts`). */
  readonly port: number;
  /** The process that this side adds, where there is one alone. */
  readonly pid?: number;
  end(): Promise<void>;
};

export type Side = {
  readonly name: string;
  /** `ssh`: runs a line in the shell of the device, the standard streams joined. */
  ssh(line: string, options?: readonly string[]): CommandLine;
  /** `ssh -tt`: a shell on a terminal of the device, the same one on every side. */
  shell(): CommandLine;
  /** `scp` to the device. */
  scpTo(source: string, target: string): CommandLine;
  /** `scp` from the device. */
  scpFrom(source: string, target: string): CommandLine;
  /** Opens a forward, and waits until it takes connections. */
  forward(): Promise<Forward>;
  /** What starts a program where the representative is. */
  enter(command: CommandLine): CommandLine;
  end(): Promise<void>;
};
