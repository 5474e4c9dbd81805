import { MantineProvider } from '@mantine/core';
import type { ReactNode } from 'react';
import './lists.css';
import { resolveVariables, theme } from './theme.ts';

/** The nonce under which the page's policy lets styles be added, put into the page by whoever serves it. */
export const styleNonce = (): string =>
  document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';

// What keeps the page still behind a dialog adds a style of its own, and looks for its nonce here.
Object.assign(globalThis, { __webpack_nonce__: styleNonce() });

/** What every page of an interface stands in. */
export function InterfaceRoot({ children }: { readonly children: ReactNode }): ReactNode {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={resolveVariables}
      defaultColorScheme="auto"
      getStyleNonce={styleNonce}
    >
      {children}
    </MantineProvider>
  );
}
