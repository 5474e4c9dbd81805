import { whoamiSchema } from '@sallyport/protocol/enrolment';
import { formatMoment } from '@sallyport/protocol/text';
import { printJson } from '@sallyport/runtime/command';
import { freshIdentity } from '../identity/index.ts';
import { askRelay } from '../relay/index.ts';
import { type CommonOptions, connecting, openCaller } from './start.ts';

/** `whoami`: how the relay sees the caller. */
export async function whoami(options: CommonOptions): Promise<void> {
  const caller = await openCaller(options);
  const { identity, seen } = await connecting(caller.clock, async () => {
    const identity = await freshIdentity(caller);
    const seen = await askRelay({ ...caller, identity }, { path: '/v1/whoami', answer: whoamiSchema });
    return { identity, seen };
  });
  const validUntil = new Date(identity.notAfter).toISOString();
  const { keyWords } = await import('@sallyport/protocol/keyWords');
  const words = keyWords(identity.key);
  const answer = {
    id: seen.id,
    rank: seen.rank ?? 'support',
    relay: seen.relay,
    validUntil,
    keyWords: words,
    passphrase: identity.sealed,
  };
  if (options.json) printJson(answer);
  else
    process.stdout.write(
      `${answer.id} (${answer.rank}) at ${answer.relay}; certificate until ${formatMoment(validUntil)}\n` +
        `Key: ${words}. The administrator sees these words, too.\n`,
    );
}
