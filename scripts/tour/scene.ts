import type { Echo } from '../stage/echo.ts';
import type { Service } from '../stage/program.ts';
import type { Enabled, Stage } from '../stage/stage.ts';

/** Who takes part in the tour. */
export type Scene = {
  readonly stage: Stage;
  readonly folder: string;
  relay: Service;
  device: Service;
  /** Data folder of the representative who is let in. */
  readonly erin: string;
  /** Data folder of a second representative, who is not. */
  readonly mallory: string;
  readonly echo: Echo;
};

export type Grant = Enabled;
