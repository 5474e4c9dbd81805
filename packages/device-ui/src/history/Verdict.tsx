import { Text } from '@mantine/core';
import { useAnnounce } from '@sallyport/ui/announce';
import { Notice } from '@sallyport/ui/page';
import { Foreign } from '@sallyport/ui/text';
import { type ReactNode, useEffect } from 'react';
import type { paths } from '../api/schema.d.ts';
import { useWords } from '../strings/index.ts';

type Verified = paths['/v1/recordings/{id}/verify']['get']['responses'][200]['content']['application/json'];

const kinds = {
  intact: 'good',
  truncated: 'warning',
  tampered: 'bad',
  running: 'info',
  locked: 'info',
} as const;

/** Whether a recording is as the device wrote it, in words. */
export function Verdict({ verdict: told }: { readonly verdict: Verified }): ReactNode {
  const { strings, formats } = useWords();
  const words = strings.history.verdict;
  const { verdict, line, to, sealedLines, sealedAt, sha256 } = told;
  const { title, text } = words[verdict];
  const announce = useAnnounce();
  useEffect(() => announce(title), [announce, title]);
  return (
    <Notice kind={kinds[verdict]} title={title}>
      <Text size="sm">
        {text}
        {line !== undefined && ` ${to === undefined ? words.line(line) : words.lines(line, to)}`}
      </Text>
      {sealedLines !== undefined && sealedAt !== undefined && (
        <Text size="sm" c="dimmed">
          {words.sealed(formats.count(sealedLines), formats.moment(sealedAt))}
        </Text>
      )}
      {sha256 !== undefined && (
        <Text size="xs" c="dimmed">
          SHA-256 <Foreign mono text={sha256} />
        </Text>
      )}
    </Notice>
  );
}
