import { parseScope, type Scope } from '@sallyport/protocol/grant';
import { askMs, longestWhy } from '@sallyport/protocol/session';
import { formatMoment, printable } from '@sallyport/protocol/text';
import { printJson } from '@sallyport/runtime/command';
import { askForMore } from '../ask/index.ts';
import { fail } from '../errors/index.ts';
import { type SessionOptions, withSession } from './start.ts';

export type AskOptions = SessionOptions & {
  readonly allow?: readonly string[];
  /** Milliseconds. */
  readonly for?: number;
  readonly why: string;
};

/** `ask PORT`: asks the administrator for more scopes or more time, and waits for the answer. Ctrl-C withdraws it. */
export async function ask(port: string, options: AskOptions): Promise<void> {
  const wish = readWish(options);
  await withSession(port, options, async (session, caller) => {
    const onAsked = (): void => {
      if (options.json) return;
      process.stderr.write(
        `sallyport: asked; waiting up to ${askMs / 60_000} minutes for the administrator ...\n`,
      );
    };
    const { scopes, leftMs } = await askForMore(session, wish, caller, onAsked);
    const endsAt = new Date(caller.clock.wallMs() + leftMs).toISOString();
    if (options.json) return printJson({ port: session.port, granted: true, scopes, endsAt });
    const allowed = printable(scopes.join(' '), 500);
    process.stdout.write(`Granted. Until ${formatMoment(endsAt)} you may use: ${allowed}\n`);
  });
}

/** @throws scope-malformed, ask-empty, why-malformed */
function readWish({ allow, for: forMs, why }: AskOptions) {
  const scopes = allow?.map((text): Scope => {
    const scope = parseScope(text);
    if (!scope) throw fail('scope-malformed', { details: { scope: printable(text, 100) } });
    return scope;
  });
  if (!scopes?.length && forMs === undefined) throw fail('ask-empty');
  const said = printable(why.trim(), longestWhy + 1);
  if (said === '' || said.length > longestWhy) {
    throw fail('why-malformed', { details: { longest: longestWhy } });
  }
  return {
    ...(scopes?.length ? { scopes } : {}),
    ...(forMs === undefined ? {} : { forMs }),
    why: said,
  };
}
