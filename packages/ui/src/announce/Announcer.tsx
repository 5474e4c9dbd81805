import { VisuallyHidden } from '@mantine/core';
import { createContext, type ReactNode, use, useCallback, useState } from 'react';

type Announce = (text: string) => void;
const Context = createContext<Announce>(() => {});

/** Holds the region that screen readers listen to, which has to be there before anything is said in it. */
export function Announcer({ children }: { readonly children: ReactNode }): ReactNode {
  const [said, setSaid] = useState({ text: '', turn: 0 });
  const announce = useCallback<Announce>((text) => setSaid(({ turn }) => ({ text, turn: turn + 1 })), []);
  return (
    <Context value={announce}>
      {children}
      <VisuallyHidden role="status" aria-live="polite">
        <span key={said.turn}>{said.text}</span>
      </VisuallyHidden>
    </Context>
  );
}

/** Says something to whoever cannot see that it happened. */
export const useAnnounce = (): Announce => use(Context);
