import { Button, type ButtonProps, Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';
import { useWords } from '../strings/index.ts';
import { useActionsOff } from './Live.tsx';

export type ActProps = ButtonProps & {
  readonly onClick?: () => void;
  readonly type?: 'button' | 'submit';
  readonly 'aria-label'?: string;
};

/** A button that changes something on the device. While the device does not answer it is off, and says why. */
export function Act({ onClick, ...props }: ActProps): ReactNode {
  const { strings } = useWords();
  const off = useActionsOff();
  if (!off) return <Button {...props} {...(onClick ? { onClick } : {})} />;
  return (
    <Tooltip label={strings.live.why} multiline maw={320}>
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
