import { Button, type ButtonProps } from '@mantine/core';
import { lazy, type ReactNode, Suspense } from 'react';
import { useMe } from '../api/me.ts';
import { useWords } from '../strings/index.ts';
import { useLive } from './Live.tsx';
import type { WhyOffProps } from './WhyOff.tsx';

/** Why nothing can be changed at the moment; undefined if it can. */
export function useWhyOff(): string | undefined {
  const { strings } = useWords();
  const cut = useLive().state.at === 'cut';
  const me = useMe().data?.me;
  if (cut) return strings.live.why;
  return me && !me.mayConsent ? strings.live.noConsent : undefined;
}

export type ActProps = ButtonProps & {
  readonly onClick?: () => void;
  readonly type?: 'button' | 'submit';
  readonly 'aria-label'?: string;
};

// Tooltips are much code for a page on which, as a rule, nothing is off. But when something is, the device may be away.
const fetchWhyOff = () =>
  import('./WhyOff.tsx').then(
    ({ WhyOff }) => ({ default: WhyOff }),
    () => ({ default: ({ children }: WhyOffProps) => children }),
  );
const WhyOff = lazy(fetchWhyOff);
/** Fetches what an `Act` that is off needs, while the device is there. */
export const readyToBeOff = (): void => void fetchWhyOff();

/**
 * A button that changes something on the device. While the device does not answer it is off, and says why; and so it is
 * for those whose consent it is not.
 */
export function Act({ onClick, ...props }: ActProps): ReactNode {
  const why = useWhyOff();
  if (why === undefined) return <Button {...props} {...(onClick ? { onClick } : {})} />;
  const off = (
    <Button
      {...props}
      type="button"
      data-disabled
      aria-disabled
      onClick={(event) => event.preventDefault()}
    />
  );
  return (
    <Suspense fallback={off}>
      <WhyOff why={why}>{off}</WhyOff>
    </Suspense>
  );
}
