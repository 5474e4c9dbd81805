import { IconFiles, IconNetwork, IconPrompt, IconTerminal2, IconWorld } from '@tabler/icons-react';

const icons = {
  terminal: IconTerminal2,
  command: IconPrompt,
  files: IconFiles,
  web: IconWorld,
  tcp: IconNetwork,
} as const;

/** The picture of a kind of channel; of one that a later device may have, too. */
export const channelIcon = (kind: string): typeof IconNetwork =>
  Object.hasOwn(icons, kind) ? icons[kind as keyof typeof icons] : IconNetwork;
