/** Where a program runs: on this machine as it is, or in a network of its own. */
export type Place = {
  /** What starts `command` there: it becomes the process that is started. */
  enter(command: string, args: readonly string[]): [command: string, args: string[]];
};

export type Places = {
  readonly relay: Place & { readonly address: string; readonly name: string };
  readonly device: Place;
  readonly representative: Place;
};

const here: Place = { enter: (command, args) => [command, [...args]] };

/** All on this machine, over loopback. */
export const loopback: Places = {
  relay: { ...here, address: '127.0.0.1', name: 'localhost' },
  device: here,
  representative: here,
};
