import { Button, Group, TextInput } from '@mantine/core';
import { IconFilter } from '@tabler/icons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import type { FormEvent, ReactNode } from 'react';
import { useWords } from '../strings/index.ts';
import { filterOf, type GrantFilter } from './grants.ts';

/** Who, which case, and when. What is chosen goes into the address. */
export function FilterGrants({ filter }: { readonly filter: GrantFilter }): ReactNode {
  const { strings } = useWords();
  const words = strings.history.filter;
  const navigate = useNavigate();
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const search = filterOf(Object.fromEntries(new FormData(event.currentTarget)));
    void navigate({ to: '/history', search });
  };
  return (
    <search aria-label={words.label}>
      <form onSubmit={submit}>
        <Group align="flex-end" gap="sm">
          <TextInput
            name="who"
            size="sm"
            label={words.who}
            defaultValue={filter.who ?? ''}
            flex="1 1 12rem"
          />
          <TextInput
            name="reference"
            size="sm"
            label={words.reference}
            defaultValue={filter.reference ?? ''}
            flex="1 1 9rem"
          />
          <Group gap="sm" flex="1 1 21rem">
            <TextInput
              name="from"
              type="date"
              size="sm"
              label={words.from}
              defaultValue={filter.from ?? ''}
              flex="1 1 9rem"
            />
            <TextInput
              name="to"
              type="date"
              size="sm"
              label={words.to}
              defaultValue={filter.to ?? ''}
              flex="1 1 9rem"
            />
          </Group>
          <Group gap="sm">
            <Button
              type="submit"
              size="sm"
              variant="default"
              leftSection={<IconFilter size={16} aria-hidden />}
            >
              {words.show}
            </Button>
            {Object.keys(filter).length > 0 && (
              <Button component={Link} to="/history" size="sm" variant="subtle">
                {words.clear}
              </Button>
            )}
          </Group>
        </Group>
      </form>
    </search>
  );
}
