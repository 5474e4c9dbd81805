import { Tabs } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useWords } from '../strings/index.ts';

export type HistoryTabsProps = { readonly shown: 'grants' | 'entries'; readonly children: ReactNode };

/** Support by support, or entry by entry: two pages, each with an address of its own. */
export function HistoryTabs({ shown, children }: HistoryTabsProps): ReactNode {
  const { strings } = useWords();
  const words = strings.history.tabs;
  const navigate = useNavigate();
  return (
    <Tabs
      value={shown}
      onChange={(tab) => void navigate({ to: tab === 'entries' ? '/history/log' : '/history' })}
      keepMounted={false}
    >
      <Tabs.List mb="lg">
        <Tabs.Tab value="grants">{words.grants}</Tabs.Tab>
        <Tabs.Tab value="entries">{words.entries}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value={shown}>{children}</Tabs.Panel>
    </Tabs>
  );
}
