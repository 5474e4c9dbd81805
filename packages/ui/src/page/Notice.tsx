import { Alert } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconCircleX, IconInfoCircle } from '@tabler/icons-react';
import type { ReactNode } from 'react';

const looks = {
  info: { color: 'blue', icon: <IconInfoCircle aria-hidden /> },
  good: { color: 'green', icon: <IconCircleCheck aria-hidden /> },
  warning: { color: 'yellow', icon: <IconAlertTriangle aria-hidden /> },
  bad: { color: 'red', icon: <IconCircleX aria-hidden /> },
} as const;

export type NoticeProps = {
  readonly kind: keyof typeof looks;
  readonly title: ReactNode;
  readonly children?: ReactNode;
};

/** Something that the reader should know, by word and picture, and by colour only besides. */
export function Notice({ kind, title, children }: NoticeProps): ReactNode {
  const { color, icon } = looks[kind];
  return (
    <Alert color={color} icon={icon} title={title} role={kind === 'bad' ? 'alert' : 'note'} radius="md">
      {children}
    </Alert>
  );
}
