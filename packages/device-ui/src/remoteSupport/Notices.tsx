import { Notice } from '@sallyport/ui/page';
import { Foreign } from '@sallyport/ui/text';
import type { ReactNode } from 'react';
import type { Status } from '../api/client.ts';
import { useSentences } from '../api/Failed.tsx';

/** What somebody should know though it stops nothing; and why the device cannot connect while a grant is open. */
export function Notices({ status }: { readonly status: Status }): ReactNode {
  const sentences = useSentences();
  const { problem, notices, state } = status;
  // While it waits, the panel of that says why.
  const shown = [...(problem && state !== 'waiting' ? [{ ...problem, bad: true }] : []), ...notices];
  return shown.map((one) => {
    const { text, next } = sentences(one);
    return (
      <Notice
        key={`${one.code} ${one.text}`}
        kind={'bad' in one ? 'bad' : 'info'}
        title={<Foreign text={text} />}
      >
        {next !== '' && <Foreign text={next} />}
      </Notice>
    );
  });
}
