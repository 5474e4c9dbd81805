import { Button } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconCopy } from '@tabler/icons-react';
import { type ReactNode, type RefObject, useEffect, useState } from 'react';
import { useAnnounce } from '../announce/index.ts';

const shownMs = 2_500;

export type CopyButtonProps = {
  readonly value: string;
  /** What the button says, and what it says once it is done, or cannot be. */
  readonly words: { readonly copy: string; readonly copied: string; readonly failed: string };
  /** For screen readers: what is copied. */
  readonly label: string;
  /** The element with the text, which is selected when the browser lets nobody copy. */
  readonly from?: RefObject<HTMLElement | null>;
};

export function CopyButton({ value, words, label, from }: CopyButtonProps): ReactNode {
  const [at, setAt] = useState<'idle' | 'copied' | 'failed'>('idle');
  const announce = useAnnounce();
  useEffect(() => {
    if (at === 'idle') return;
    const timer = setTimeout(() => setAt('idle'), shownMs);
    return () => clearTimeout(timer);
  }, [at]);
  const copy = async (): Promise<void> => {
    const done = await write(value);
    if (!done && from?.current) getSelection()?.selectAllChildren(from.current);
    setAt(done ? 'copied' : 'failed');
    announce(done ? words.copied : words.failed);
  };
  const Icon = { idle: IconCopy, copied: IconCheck, failed: IconAlertTriangle }[at];
  return (
    <Button
      variant="light"
      size="sm"
      onClick={() => void copy()}
      leftSection={<Icon size={16} aria-hidden />}
      {...(at === 'idle' ? { 'aria-label': label } : {})}
    >
      {{ idle: words.copy, copied: words.copied, failed: words.failed }[at]}
    </Button>
  );
}

/** @returns whether it is on the clipboard; a page without a secure context has none */
async function write(value: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(value);
    return true;
  } catch {
    return false;
  }
}
