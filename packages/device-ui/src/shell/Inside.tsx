import type { ReactNode } from 'react';
import { LiveProvider } from '../live/Live.tsx';
import { SignedIn } from '../signIn/SignedIn.tsx';
import { Shell } from './Shell.tsx';

/** Every page but the front door. */
export const Inside = (): ReactNode => (
  <SignedIn>
    <LiveProvider>
      <Shell />
    </LiveProvider>
  </SignedIn>
);
