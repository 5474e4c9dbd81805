import { Navigate, useRouterState } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Failed } from '../api/Failed.tsx';
import { useMe } from '../api/me.ts';
import { useWords } from '../strings/index.ts';
import { FrontDoor } from './FrontDoor.tsx';

/** What is for those who are signed in. Others come here again after they are. */
export function SignedIn({ children }: { readonly children: ReactNode }): ReactNode {
  const { strings } = useWords();
  const { data, error, refetch } = useMe();
  // Not where the way leads already, which is the sign-in from the first moment on.
  const path = useRouterState({
    select: ({ resolvedLocation, location }) => (resolvedLocation ?? location).pathname,
  });
  if (!data) {
    return (
      error && (
        <FrontDoor title={strings.live.noAnswer}>
          <Failed error={error} retry={() => void refetch()} />
        </FrontDoor>
      )
    );
  }
  if (data.me) return children;
  if (!data.setUp) return <Navigate to="/set-up" replace />;
  return <Navigate to="/sign-in" search={{ to: path }} replace />;
}
