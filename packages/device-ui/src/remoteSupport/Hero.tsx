import { Group, Text, ThemeIcon, Title } from '@mantine/core';
import type { ReactNode } from 'react';

export type HeroProps = {
  readonly icon: ReactNode;
  readonly color: 'gray' | 'yellow' | 'green' | 'red';
  readonly title: ReactNode;
  readonly children: ReactNode;
};

/** How Remote Support stands, in one picture and two lines. */
export function Hero({ icon, color, title, children }: HeroProps): ReactNode {
  return (
    <Group wrap="nowrap" align="flex-start">
      <ThemeIcon size={52} radius="lg" variant="light" color={color} aria-hidden>
        {icon}
      </ThemeIcon>
      <div>
        <Title order={2} fz="h3" lh={1.4}>
          {title}
        </Title>
        <Text c="dimmed">{children}</Text>
      </div>
    </Group>
  );
}
