import { makeWords, type Words } from '@sallyport/ui/words';
import type { Strings } from './en.ts';

export type { Strings };
export type DeviceWords = Words<Strings>;

export const { WordsProvider, useWords, wordsReady } = makeWords<Strings>({
  en: async () => (await import('./en.ts')).en,
  de: async () => (await import('./de.ts')).de,
});
