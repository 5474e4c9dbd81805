import { Text } from '@mantine/core';
import { Foreign } from '@sallyport/ui/text';
import type { ReactNode } from 'react';
import { useWords } from '../strings/index.ts';
import type { PastFile } from './grants.ts';
import classes from './history.module.css';

/** Every file that was read, written, renamed or removed, with its digest where there is one. */
export function PastFiles({ files }: { readonly files: readonly PastFile[] }): ReactNode {
  const { strings, formats } = useWords();
  const words = strings.history.session;
  const acts: { readonly [what: string]: string } = words.files;
  const amount = ({ bytesRead = 0, bytesWritten = 0 }: PastFile): string =>
    formats.bytes(Math.max(bytesRead, bytesWritten));
  return (
    <div>
      <Text fw={600} size="sm">
        {words.filesTitle}
      </Text>
      <ul className={classes['lines']}>
        {files.map((file) => (
          <li key={file.seq} className={classes['line']}>
            <time className={classes['time']} dateTime={file.at}>
              {formats.clock(file.at)}
            </time>
            <div className={classes['what']}>
              <Text size="sm">
                <Foreign text={acts[file.what] ?? file.what} />:{' '}
                <Foreign mono text={file.path} most={1_000} />
                {file.to !== undefined && (
                  <>
                    {' → '}
                    <Foreign mono text={file.to} most={1_000} />
                  </>
                )}
              </Text>
              {(file.bytesRead ?? file.bytesWritten) !== undefined && (
                <Text size="xs" c="dimmed">
                  {amount(file)}
                  {file.sha256 !== undefined && (
                    <>
                      {' · SHA-256 '}
                      <Foreign mono text={file.sha256} />
                    </>
                  )}
                </Text>
              )}
            </div>
          </li>
        ))}
      </ul>
    </div>
  );
}
