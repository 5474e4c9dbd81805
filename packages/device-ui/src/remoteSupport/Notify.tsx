import { Button } from '@mantine/core';
import { IconBell } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { useWords } from '../strings/index.ts';
import classes from './support.module.css';

/** Asks the browser whether it may notify; nothing once that is answered. */
export function Notify(): ReactNode {
  const { strings } = useWords();
  const [asked, setAsked] = useState(!('Notification' in window) || Notification.permission !== 'default');
  if (asked) return null;
  return (
    <Button
      variant="subtle"
      size="compact-sm"
      className={classes['start'] ?? ''}
      leftSection={<IconBell size={16} aria-hidden />}
      onClick={() => void Notification.requestPermission().finally(() => setAsked(true))}
    >
      {strings.support.approvals.notify}
    </Button>
  );
}
