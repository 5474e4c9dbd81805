import { Badge, Group, Text } from '@mantine/core';
import { Foreign } from '@sallyport/ui/text';
import type { ReactNode } from 'react';
import { Failed } from '../api/Failed.tsx';
import { useMe } from '../api/me.ts';
import { Act } from '../live/Act.tsx';
import { useWords } from '../strings/index.ts';
import { type Administrator, useRemoveAdministrator } from './administrators.ts';

/** One administrator: since when, until when, and how they sign in. */
export function AdministratorLine({ administrator }: { readonly administrator: Administrator }): ReactNode {
  const { strings, formats } = useWords();
  const words = strings.administrators;
  const me = useMe().data?.me;
  const remove = useRemoveAdministrator();
  const { name, since, temporary, withGrant, until, totp, lastSignIn } = administrator;
  const own = me?.name === name;
  return (
    <>
      <Group justify="space-between" gap="sm">
        <div>
          <Group gap="xs">
            <Text fw={600}>
              <Foreign text={name} most={64} />
            </Text>
            {own && <Badge variant="light">{words.you}</Badge>}
            {temporary && (
              <Badge variant="light" color="yellow">
                {withGrant ? words.withGrant : words.temporary}
              </Badge>
            )}
            {totp && (
              <Badge variant="light" color="green">
                {words.totp}
              </Badge>
            )}
          </Group>
          <Text size="sm" c="dimmed">
            {until === undefined ? words.since(formats.moment(since)) : words.until(formats.moment(until))}
            {' · '}
            {lastSignIn === undefined ? words.never : words.last(formats.moment(lastSignIn))}
          </Text>
        </div>
        {!own && (
          <Act
            size="sm"
            variant="light"
            color="red"
            aria-label={words.removeLabel(name)}
            loading={remove.isPending}
            onClick={() => remove.mutate(name)}
          >
            {words.remove}
          </Act>
        )}
      </Group>
      <Failed error={remove.error} />
    </>
  );
}
