import { Button, Group } from '@mantine/core';
import { IconFileText } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { fetchFile } from '../api/client.ts';
import { Failed } from '../api/Failed.tsx';
import { useWords } from '../strings/index.ts';

const formats = ['html', 'pdf', 'json'] as const;
type Format = (typeof formats)[number];

/** The report about one grant: a page that stands alone, to keep or to print. A device may be unable to make one as PDF. */
export function Report({ grant }: { readonly grant: string }): ReactNode {
  const { strings, language } = useWords();
  const words = strings.history.report;
  const fetched = useMutation({
    mutationFn: async (format: Format) => {
      const query = new URLSearchParams({ format, language });
      keep(
        await fetchFile(`/v1/history/grants/${encodeURIComponent(grant)}/report?${query}`),
        `report-${grant}.${format}`,
      );
    },
  });
  return (
    <div>
      <Group gap="xs" role="group" aria-label={words.label}>
        {formats.map((format) => (
          <Button
            key={format}
            size="sm"
            variant={format === 'html' ? 'light' : 'subtle'}
            leftSection={format === 'html' && <IconFileText size={16} aria-hidden />}
            loading={fetched.isPending && fetched.variables === format}
            onClick={() => fetched.mutate(format)}
          >
            {words[format]}
          </Button>
        ))}
      </Group>
      <Failed error={fetched.error} />
    </div>
  );
}

/** Gives the reader a file to keep. */
function keep(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // The browser has begun by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
