/** One way in that the thief tries. */
export type Attempt = {
  /** With what, in two or three words. */
  readonly title: string;
  /** What the thief does with it. */
  readonly tried: string;
  /** @throws GotIn if it led in; any other error says that it could not be tried, which is a failure of the drill */
  act(): Promise<Result>;
};

export type Result = {
  /** What became of it. */
  readonly outcome: string;
  /** What the administrator saw of it. */
  readonly seen: string;
  /** What did get in by the same way, with an honest ingredient in the place of the stolen one: the attempt can succeed. */
  readonly honest?: string;
};

/** The attempt led in. Its message says how far. */
export class GotIn extends Error {}

/**
 * Waits for a refusal.
 *
 * @returns its code
 * @throws GotIn if there was none; another error if it failed otherwise than by one of `codes`
 */
export async function refusedWith(attempt: Promise<unknown>, ...codes: string[]): Promise<string> {
  try {
    await attempt;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code !== undefined && codes.includes(code)) return code;
    throw new Error(`it failed, but not with ${codes.join(' or ')}: ${code ?? error}`);
  }
  throw new GotIn('nothing refused it');
}

/** Holds what has to be so for an attempt to mean anything. @throws an Error, never GotIn */
export function given(claim: boolean, otherwise: string): void {
  if (!claim) throw new Error(otherwise);
}
