import { Tooltip } from '@mantine/core';
import type { ReactElement, ReactNode } from 'react';

export type WhyOffProps = { readonly why: string; readonly children: ReactElement };

/** Says why a button is off, to whoever points at it, touches it, or comes by keyboard. */
export const WhyOff = ({ why, children }: WhyOffProps): ReactNode => (
  <Tooltip label={why} multiline maw={320} events={{ hover: true, focus: true, touch: true }}>
    {children}
  </Tooltip>
);
