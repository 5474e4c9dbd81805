import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useState } from 'react';
import { type Formats, formatsOf } from './formats.ts';
import { chooseLanguage, type Language, regionOf } from './languages.ts';

export type Words<Strings> = {
  readonly language: Language;
  readonly strings: Strings;
  readonly formats: Formats;
  readonly speak: (language: Language) => void;
};

const place = 'sallyport-language';

/**
 * Makes the words of one interface: its catalogues, one a language, each loaded when it is spoken. The visitor's own one
 * is asked for at once.
 *
 * @returns the component that everything stands in, the hook by which everything reads, and when there are words
 */
export function makeWords<Strings>(catalogues: { readonly [language in Language]: () => Promise<Strings> }): {
  readonly WordsProvider: (props: { readonly children: ReactNode }) => ReactNode;
  readonly useWords: () => Words<Strings>;
  readonly wordsReady: Promise<void>;
} {
  const Context = createContext<Words<Strings> | undefined>(undefined);
  const first = chooseLanguage(stored(), navigator.languages);
  let ready: { readonly language: Language; readonly strings: Strings } | undefined;
  const wordsReady = catalogues[first]().then((strings) => {
    ready = { language: first, strings };
  });

  function WordsProvider({ children }: { readonly children: ReactNode }): ReactNode {
    const [language, setLanguage] = useState(first);
    const [spoken, setSpoken] = useState(ready);
    useEffect(() => {
      let wanted = true;
      void catalogues[language]().then((strings) => {
        if (!wanted) return;
        document.documentElement.lang = language;
        // What stands there already is not drawn anew.
        setSpoken((before) => (before?.language === language ? before : { language, strings }));
      });
      return () => {
        wanted = false;
      };
    }, [language]);
    const speak = useCallback((next: Language) => {
      setLanguage(next);
      try {
        localStorage.setItem(place, next);
      } catch {
        // Not kept for the next time then.
      }
    }, []);
    const words = useMemo(
      () =>
        spoken && { ...spoken, formats: formatsOf(regionOf(spoken.language, navigator.languages)), speak },
      [spoken, speak],
    );
    return words && <Context value={words}>{children}</Context>;
  }

  function useWords(): Words<Strings> {
    const words = use(Context);
    if (!words) throw new Error('There are words inside of WordsProvider only.');
    return words;
  }
  return { WordsProvider, useWords, wordsReady };
}

function stored(): string | null {
  try {
    return localStorage.getItem(place);
  } catch {
    return null;
  }
}
