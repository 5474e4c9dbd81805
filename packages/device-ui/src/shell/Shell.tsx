import { AppShell, Burger, Group, ScrollArea } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Outlet, useRouterState } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef } from 'react';
import { readyToBeOff } from '../live/Act.tsx';
import { NotUpToDate } from '../live/NotUpToDate.tsx';
import { useWords } from '../strings/index.ts';
import { Brand } from './Brand.tsx';
import { Menu } from './Menu.tsx';
import { Preferences } from './Preferences.tsx';
import { SomeoneAsks } from './SomeoneAsks.tsx';
import { SomeoneIsIn } from './SomeoneIsIn.tsx';
import classes from './shell.module.css';
import { WhoYouAre } from './WhoYouAre.tsx';

/** What every page stands in: the menu at the side, a drawer on a telephone. */
export function Shell(): ReactNode {
  const { strings } = useWords();
  useEffect(readyToBeOff, []);
  const [opened, { toggle, close }] = useDisclosure();
  const path = useRouterState({ select: ({ location }) => location.pathname });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the drawer closes when the page changes
  useEffect(close, [path]);
  // The focus goes along into the drawer, and back to where it was opened.
  const opener = useRef<HTMLButtonElement>(null);
  const shutter = useRef<HTMLButtonElement>(null);
  const wasOpened = useRef(false);
  useEffect(() => {
    if (opened) shutter.current?.focus();
    else if (wasOpened.current && document.activeElement === document.body) opener.current?.focus();
    wasOpened.current = opened;
  }, [opened]);
  return (
    <AppShell
      header={{ height: 56, collapsed: false }}
      navbar={{ width: 264, breakpoint: 'md', collapsed: { mobile: !opened } }}
      layout="alt"
      padding={0}
      transitionDuration={0}
      classNames={{ header: classes['header'] ?? '', main: classes['main'] ?? '' }}
    >
      <a href="#content" className={classes['skip']}>
        {strings.menu.skip}
      </a>
      <AppShell.Header hiddenFrom="md">
        <Group h="100%" px="md" gap="sm">
          <Burger
            ref={opener}
            opened={opened}
            onClick={toggle}
            size="sm"
            aria-label={strings.menu.open}
            aria-expanded={opened}
          />
          <Brand />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar
        p="md"
        aria-label={strings.menu.name}
        className={classes['navbar'] ?? ''}
        mod={{ shut: !opened }}
        onKeyDown={({ key }) => key === 'Escape' && close()}
      >
        <Group justify="space-between" mb="lg">
          <Brand />
          <Burger
            ref={shutter}
            opened
            onClick={close}
            size="sm"
            hiddenFrom="md"
            aria-label={strings.menu.close}
          />
        </Group>
        <ScrollArea flex={1}>
          <Menu />
        </ScrollArea>
        <WhoYouAre />
        <Preferences />
      </AppShell.Navbar>
      <AppShell.Main>
        <div id="content" tabIndex={-1} className={classes['content']}>
          <div className={classes['banners']}>
            <NotUpToDate />
            <SomeoneAsks />
            <SomeoneIsIn />
          </div>
          <Outlet />
        </div>
      </AppShell.Main>
    </AppShell>
  );
}
