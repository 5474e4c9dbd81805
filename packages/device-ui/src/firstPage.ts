import type { QueryClient } from '@tanstack/react-query';
import { meQuery } from './api/me.ts';
import { statusQuery } from './api/status.ts';
import { choicesQuery } from './remoteSupport/actions.ts';
import { router } from './router.tsx';
import { wordsReady } from './strings/index.ts';

/** Longer than this nothing is waited for, and the page says itself what is missing. */
const patienceMs = 1_000;

/**
 * Asks for all that the first page shows, at once and while its scripts are still looked through: so it is drawn once,
 * not anew for each answer. Resolves when everything is there, or cannot be had.
 */
export async function prepareFirstPage(cache: QueryClient): Promise<void> {
  const { pathname } = location;
  const inside = pathname !== '/sign-in' && pathname !== '/set-up';
  const support = pathname === '/' || pathname === '/remote-support';
  const all = Promise.allSettled([
    wordsReady,
    router.load(),
    cache.prefetchQuery(meQuery),
    inside && cache.prefetchQuery(statusQuery),
    support && cache.prefetchQuery(choicesQuery),
  ]);
  await Promise.race([all, new Promise((resolve) => setTimeout(resolve, patienceMs))]);
}
