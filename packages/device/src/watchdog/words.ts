/**
 * What agent, command and watchdog say to one another: lines of text, so that the watchdog stays small.
 *
 *   agent → watchdog, on its standard input   `left 3600000`   I live; so many milliseconds are left of the grant
 *                                             `off`            the grant is over, and so is your work
 *   command → watchdog, on its socket         `disable`
 *   watchdog → command                        `ended`          the agent did not answer: it and all sessions are gone
 *                                             `alive`          the agent lives: it will carry out what you asked it
 */
export const disableWord = 'disable';
export const answerWords = ['ended', 'alive'] as const;
export type AnswerWord = (typeof answerWords)[number];
/** The longest line, in bytes. */
export const lineCap = 64;
/** The watchdog's socket in the data folder. */
export const watchdogSocket = 'watchdog.sock';

export const leftLine = (leftMs: number): string => `left ${Math.max(0, Math.round(leftMs))}\n`;
export const offLine = 'off\n';

export type AgentLine = { readonly is: 'left'; readonly leftMs: number } | { readonly is: 'off' };

/** What a line from the agent says; undefined if it is none. */
export function readAgentLine(line: string): AgentLine | undefined {
  if (line === 'off') return { is: 'off' };
  const left = /^left (\d{1,12})$/.exec(line)?.[1];
  return left === undefined ? undefined : { is: 'left', leftMs: Number(left) };
}
