/** The languages that there are catalogues for, each by its own name. */
export const languages = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof languages;

const isLanguage = (text: string | null | undefined): text is Language =>
  text !== null && text !== undefined && Object.hasOwn(languages, text);

/** The language that was chosen, else the first one of the visitor's that there is, else English. */
export function chooseLanguage(chosen: string | null, wished: readonly string[]): Language {
  if (isLanguage(chosen)) return chosen;
  for (const wish of wished) {
    const name = wish.split('-')[0]?.toLowerCase();
    if (isLanguage(name)) return name;
  }
  return 'en';
}

/** The visitor's own kind of a language, for numbers and dates: `en-GB` for English, if that is what they wish for. */
export const regionOf = (language: Language, wished: readonly string[]): string =>
  wished.find((wish) => wish.split('-')[0]?.toLowerCase() === language) ?? language;
