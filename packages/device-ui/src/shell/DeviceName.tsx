import { Text } from '@mantine/core';
import { Foreign } from '@sallyport/ui/text';
import type { ReactNode } from 'react';
import type { Me } from '../api/me.ts';

/** Which device this is, and whose. */
export function DeviceName({ device }: { readonly device: Me['device'] | undefined }): ReactNode {
  if (!device) return null;
  return (
    <span>
      <Foreign text={device.name} most={64} />
      {device.maker !== undefined && (
        <Text size="xs" c="dimmed" component="span" display="block" fw={400}>
          <Foreign text={device.maker} most={64} />
        </Text>
      )}
    </span>
  );
}
