import { printable } from '@sallyport/protocol/text';
import type { ReactNode } from 'react';
import classes from './Foreign.module.css';

export type ForeignProps = {
  readonly text: string;
  /** The most that is shown, in UTF-16 units. */
  readonly most?: number;
  /** Set like code: commands, paths, addresses. */
  readonly mono?: boolean;
};

/** Text that somebody else chose: a name, a file, an address, a reason. Shown as text, whatever is in it. */
export function Foreign({ text, most = 300, mono = false }: ForeignProps): ReactNode {
  return (
    <bdi className={mono ? `${classes['foreign']} ${classes['mono']}` : classes['foreign']}>
      {printable(text, most)}
    </bdi>
  );
}
