import { longestGrantMs, scopesSchema, shortestGrantMs } from '@sallyport/protocol/grant';
import { z } from 'zod';
import type { ApiSubject } from './route.ts';

const hourMs = 3_600_000;

/** What an administrator chooses when they enable Remote Support. */
export const choicesSchema = z.strictObject({
  forMs: z.number().int().min(shortestGrantMs).max(longestGrantMs),
  scopes: scopesSchema,
  approval: z.boolean(),
  reference: z.string().trim().min(1).max(200).optional(),
});
export type Choices = z.output<typeof choicesSchema>;

export const defaultsSchema = choicesSchema.omit({ reference: true }).extend({
  remember: z.boolean().describe('Whether the last choice takes the place of these'),
});
export type Defaults = z.output<typeof defaultsSchema>;

/** What the dialog suggests before anybody chose: all that can run here. */
function builtIn({ agent }: ApiSubject): Defaults {
  const scopes =
    agent.runAs.kind === 'missing' ? (['web'] as const) : (['terminal', 'files:write', 'web'] as const);
  return { forMs: 4 * hourMs, scopes: [...scopes], approval: false, remember: true };
}

export function defaultsOf(subject: ApiSubject): Defaults {
  return stored(subject, 'grant-defaults', defaultsSchema) ?? builtIn(subject);
}

/** What the dialog suggests: the last choice, or the defaults. */
export function choicesOf(subject: ApiSubject): Choices {
  const { remember, ...defaults } = defaultsOf(subject);
  return (remember ? stored(subject, 'last-choices', choicesSchema) : undefined) ?? defaults;
}

/** Never throws: what was chosen is done already, and a full disk must not make it look undone. */
export function rememberChoices({ state, log }: ApiSubject, choices: Choices): void {
  try {
    state.settings.set('last-choices', JSON.stringify(choices));
  } catch (error) {
    log.warn('choices-not-stored-1', { error });
  }
}

/** From now on the dialog suggests these: an earlier choice is forgotten. */
export function setDefaults({ state }: ApiSubject, defaults: Defaults): void {
  const { remember, ...choices } = defaults;
  state.transaction(() => {
    state.settings.set('grant-defaults', JSON.stringify({ ...choices, remember }));
    state.settings.set('last-choices', JSON.stringify(choices));
  });
}

function stored<T>(
  { state }: ApiSubject,
  name: 'grant-defaults' | 'last-choices',
  schema: z.ZodType<T>,
): T | undefined {
  const text = state.settings.get(name);
  if (text === undefined) return undefined;
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
