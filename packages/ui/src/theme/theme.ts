import { type CSSVariablesResolver, createTheme, type MantineThemeOverride } from '@mantine/core';

/** The one look of both web interfaces: system fonts, one accent colour, shades that keep text readable on them. */
export const theme: MantineThemeOverride = createTheme({
  primaryColor: 'indigo',
  primaryShade: 7,
  autoContrast: true,
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, "Liberation Mono", monospace',
  headings: {
    fontWeight: '650',
    sizes: {
      h1: { fontSize: '1.75rem', lineHeight: '1.25' },
      h2: { fontSize: '1.125rem', lineHeight: '1.4' },
      h3: { fontSize: '1rem', lineHeight: '1.5' },
    },
  },
  components: {
    Alert: { styles: { label: { flex: 1 } } },
    Badge: { styles: { root: { textTransform: 'none', fontWeight: 600 } } },
    Button: { defaultProps: { size: 'md' } },
    Fieldset: { styles: { legend: { fontWeight: 600, fontSize: 'var(--mantine-font-size-md)' } } },
    Modal: {
      defaultProps: { radius: 'lg', padding: 'xl', centered: true },
      styles: { title: { fontWeight: 650, fontSize: 'var(--mantine-h2-font-size)' } },
    },
    TextInput: { defaultProps: { size: 'md' } },
    PasswordInput: { defaultProps: { size: 'md' } },
    Select: { defaultProps: { size: 'md' } },
  },
});

const shade = (color: string, index: number): string => `var(--mantine-color-${color}-${index})`;
const darker = (color: string, percent: number): string =>
  `color-mix(in srgb, ${shade(color, 9)}, black ${percent}%)`;

/** Mantine's light variants have too little contrast for text of usual size: these have at least 4.5 to 1. */
function readable(color: string): { readonly light: Variables; readonly dark: Variables } {
  const name = `--mantine-color-${color}`;
  const light = { [`${name}-light`]: shade(color, 0), [`${name}-light-hover`]: shade(color, 1) };
  return {
    light: { ...light, [`${name}-light-color`]: darker(color, color === 'indigo' ? 0 : 35) },
    dark: {
      [`${name}-light`]: `color-mix(in srgb, ${shade(color, 9)} 24%, ${shade('dark', 7)})`,
      [`${name}-light-hover`]: `color-mix(in srgb, ${shade(color, 9)} 36%, ${shade('dark', 7)})`,
      [`${name}-light-color`]: shade(color, 2),
    },
  };
}

type Variables = { readonly [name: string]: string };
const ofColors = ['indigo', 'green', 'yellow', 'orange', 'red', 'blue', 'gray'].map(readable);
const danger = {
  '--mantine-color-red-filled': shade('red', 9),
  '--mantine-color-red-filled-hover': darker('red', 12),
};

/** What lies under the panels of a page, and what is set into one. */
const surfaces = {
  light: { '--surface-page': shade('gray', 0), '--surface-inset': shade('gray', 0) },
  dark: { '--surface-page': shade('dark', 8), '--surface-inset': shade('dark', 6) },
};

/** Colours of the theme where Mantine's own would be hard to read. */
export const resolveVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: Object.assign(
    {
      '--mantine-color-dimmed': shade('gray', 7),
      '--mantine-color-error': shade('red', 9),
      '--mantine-color-anchor': shade('indigo', 9),
    },
    surfaces.light,
    danger,
    ...ofColors.map(({ light }) => light),
  ),
  dark: Object.assign(
    {
      '--mantine-color-dimmed': shade('dark', 1),
      '--mantine-color-error': shade('red', 4),
      '--mantine-color-anchor': shade('indigo', 3),
    },
    surfaces.dark,
    danger,
    ...ofColors.map(({ dark }) => dark),
  ),
});
