import { Anchor, Badge, Group, Text } from '@mantine/core';
import { Foreign } from '@sallyport/ui/text';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useWords } from '../strings/index.ts';
import type { GrantSummary } from './grants.ts';

/** One grant in the list: when, who came, and how it ended. */
export function GrantLine({ grant }: { readonly grant: GrantSummary }): ReactNode {
  const { strings, formats } = useWords();
  const words = strings.history.grants;
  const { from, to, reference, representatives, sessions, why } = grant;
  const ends: { readonly [why: string]: string } = words.why;
  return (
    <Group justify="space-between" gap="xs" align="flex-start">
      <div>
        <Group gap="xs">
          <Anchor component={Link} to={`/history/grants/${grant.grant}`} fw={600}>
            <time dateTime={from}>{formats.moment(from)}</time>
          </Anchor>
          {reference !== undefined && (
            <Badge variant="light" color="gray" maw="100%">
              <Foreign text={reference} most={80} />
            </Badge>
          )}
          {to === undefined && (
            <Badge variant="light" color="green">
              {words.open}
            </Badge>
          )}
        </Group>
        <Text size="sm">
          {representatives.length === 0 ? (
            <Text span inherit c="dimmed">
              {words.nobody}
            </Text>
          ) : (
            <Foreign text={formats.list(representatives.map(({ name }) => name))} />
          )}
        </Text>
      </div>
      <Text size="sm" c="dimmed">
        {to !== undefined && `${formats.span(Date.parse(to) - Date.parse(from))} · `}
        {words.sessions(sessions)}
        {why !== undefined && ` · ${ends[why] ?? why}`}
      </Text>
    </Group>
  );
}
