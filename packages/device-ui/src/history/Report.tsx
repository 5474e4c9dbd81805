import { Button, Group } from '@mantine/core';
import { IconFileText } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useWords } from '../strings/index.ts';

const formats = ['html', 'pdf', 'json'] as const;

/** The report about one grant: a page that stands alone, to keep or to print. */
export function Report({ grant }: { readonly grant: string }): ReactNode {
  const { strings } = useWords();
  const words = strings.history.report;
  return (
    <Group gap="xs" role="group" aria-label={words.label}>
      {formats.map((format) => (
        <Button
          key={format}
          component="a"
          href={`/v1/history/grants/${encodeURIComponent(grant)}/report?format=${format}`}
          download={`report-${grant}.${format}`}
          size="sm"
          variant={format === 'html' ? 'light' : 'subtle'}
          leftSection={format === 'html' && <IconFileText size={16} aria-hidden />}
        >
          {words[format]}
        </Button>
      ))}
    </Group>
  );
}
