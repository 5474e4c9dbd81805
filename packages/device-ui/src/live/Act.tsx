import { Button, type ButtonProps, Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';
import { useMe } from '../api/me.ts';
import { useWords } from '../strings/index.ts';
import { useLive } from './Live.tsx';

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

/**
 * A button that changes something on the device. While the device does not answer it is off, and says why; and so it is
 * for those whose consent it is not.
 */
export function Act({ onClick, ...props }: ActProps): ReactNode {
  const why = useWhyOff();
  if (why === undefined) return <Button {...props} {...(onClick ? { onClick } : {})} />;
  return (
    <Tooltip label={why} multiline maw={320} events={{ hover: true, focus: true, touch: true }}>
      <Button
        {...props}
        type="button"
        data-disabled
        aria-disabled
        onClick={(event) => event.preventDefault()}
      />
    </Tooltip>
  );
}
