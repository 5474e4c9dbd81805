import type { Step } from './steps.ts';
import type { NetworkWish } from './wish.ts';

/** What a trial changes of a connection of NetworkManager, in the order in which it is asked for. */
export const profileFields = [
  'ipv4.method',
  'ipv4.addresses',
  'ipv4.gateway',
  'ipv4.dns',
  'ipv4.ignore-auto-dns',
] as const;
type Field = (typeof profileFields)[number];

/** The connection of a network port that NetworkManager looks after. */
export type Profile = {
  readonly interface: string;
  /** Undefined where the port has none. */
  readonly uuid: string | undefined;
  readonly values: { readonly [field in Field]: string };
};

/** How long NetworkManager may take to bring a connection up, in seconds. */
const upSeconds = 20;

/** Of `nmcli -g GENERAL.STATE,GENERAL.CON-UUID device show X`: whether it looks after the port, and by which connection. */
export function readDevice(said: string): { readonly managed: boolean; readonly uuid: string | undefined } {
  const [state = '', uuid = ''] = said.split('\n');
  const number = Number(/^(\d+)/.exec(state)?.[1] ?? 0);
  // 10 is unmanaged, 20 unavailable: a port without a link is looked after all the same.
  return { managed: number >= 20, uuid: /^[0-9a-f-]{36}$/.test(uuid) ? uuid : undefined };
}

/** Of `nmcli -g …` with the fields above: a line each, colons with a backslash before them. */
export function readProfile(name: string, uuid: string | undefined, said: string): Profile {
  const lines = said.split('\n').map((line) => line.replace(/\\(.)/g, '$1').trim());
  const values = Object.fromEntries(profileFields.map((field, index) => [field, lines[index] ?? '']));
  return { interface: name, uuid, values: values as Profile['values'] };
}

const nmcli = (...args: string[]): Extract<Step, { do: 'run' }> => ({
  do: 'run',
  program: 'nmcli',
  args,
  optional: false,
});
const words = (values: Profile['values']): string[] =>
  profileFields.flatMap((field) => [field, values[field]]);

function wished({ ipv4 }: NetworkWish): Profile['values'] {
  if (ipv4.method === 'dhcp') {
    return {
      'ipv4.method': 'auto',
      'ipv4.addresses': '',
      'ipv4.gateway': '',
      'ipv4.dns': '',
      'ipv4.ignore-auto-dns': 'no',
    };
  }
  return {
    'ipv4.method': 'manual',
    'ipv4.addresses': `${ipv4.address}/${ipv4.prefix}`,
    'ipv4.gateway': ipv4.gateway ?? '',
    'ipv4.dns': ipv4.dns.join(','),
    'ipv4.ignore-auto-dns': ipv4.dns.length > 0 ? 'yes' : 'no',
  };
}

/**
 * The steps by which NetworkManager makes a port as it is wished, those that take it back, and those that keep it: until
 * then it is only in NetworkManager's memory, and gone with the next boot.
 */
export function planByNetworkManager(
  wish: NetworkWish,
  before: Profile,
): { readonly apply: readonly Step[]; readonly back: readonly Step[]; readonly keep: readonly Step[] } {
  const { interface: name, uuid } = before;
  const values = wished(wish);
  const up = (...which: string[]): Extract<Step, { do: 'run' }> =>
    nmcli('--wait', String(upSeconds), 'connection', 'up', ...which, 'ifname', name);
  if (uuid === undefined) {
    const id = `sallyport-${name}`;
    const made = ['type', 'ethernet', 'ifname', name, 'con-name', id, 'save', 'no', '--'];
    return {
      apply: [
        { ...nmcli('connection', 'delete', id), optional: true },
        nmcli('connection', 'add', ...made, ...words(values)),
        up('id', id),
      ],
      back: [{ ...nmcli('connection', 'delete', id), optional: true }],
      keep: [nmcli('connection', 'modify', id, ...words(values))],
    };
  }
  return {
    apply: [nmcli('connection', 'modify', '--temporary', uuid, ...words(values)), up('uuid', uuid)],
    // It is as it was also where no DHCP server answers, as it may not have before.
    back: [
      nmcli('connection', 'modify', '--temporary', uuid, ...words(before.values)),
      { ...up('uuid', uuid), optional: true },
    ],
    keep: [nmcli('connection', 'modify', uuid, ...words(values))],
  };
}
