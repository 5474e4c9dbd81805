import { Skeleton, Stack, VisuallyHidden } from '@mantine/core';
import { type ReactNode, useEffect, useState } from 'react';

const patienceMs = 200;

export type LoadingProps = {
  readonly label: string;
  /** The heights of what will be there, in pixels. */
  readonly shape?: readonly number[];
};

/** The shape of what is being fetched, once it takes longer than a moment. */
export function Loading({ label, shape = [28, 180, 120] }: LoadingProps): ReactNode {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), patienceMs);
    return () => clearTimeout(timer);
  }, []);
  if (!shown) return null;
  return (
    <Stack gap="lg" aria-busy="true">
      <VisuallyHidden role="status">{label}</VisuallyHidden>
      {shape.map((height, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the shape never changes
        <Skeleton key={index} height={height} radius="lg" />
      ))}
    </Stack>
  );
}
