import { Group, NativeSelect, useMantineColorScheme } from '@mantine/core';
import { type Language, languages } from '@sallyport/ui/words';
import type { ReactNode } from 'react';
import { useWords } from '../strings/index.ts';

/** Language and appearance: kept in this browser. */
export function Preferences(): ReactNode {
  const { strings, language, speak } = useWords();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { menu } = strings;
  return (
    <Group gap="xs" grow pt="md">
      <NativeSelect
        size="xs"
        rightSectionWidth={20}
        aria-label={menu.language}
        value={language}
        onChange={(event) => speak(event.currentTarget.value as Language)}
        data={Object.entries(languages).map(([value, label]) => ({ value, label }))}
      />
      <NativeSelect
        size="xs"
        rightSectionWidth={20}
        aria-label={menu.appearance}
        value={colorScheme}
        onChange={(event) => setColorScheme(event.currentTarget.value as 'auto' | 'light' | 'dark')}
        data={[
          { value: 'auto', label: menu.automatic },
          { value: 'light', label: menu.light },
          { value: 'dark', label: menu.dark },
        ]}
      />
    </Group>
  );
}
