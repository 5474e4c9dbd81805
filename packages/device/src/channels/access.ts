import { fail } from '@sallyport/protocol/errors';
import type { Scope } from '@sallyport/protocol/grant';

/**
 * What a way in needs: a scope; the scope `tcp:HOST:PORT` of the very target that is asked for; nothing but the session,
 * for it starts and reaches nothing by itself; or what no scope gives.
 */
export type Needs = Exclude<Scope, `tcp:${string}`> | 'tcp' | 'session' | 'never';

/**
 * Every way to ask something of a device within a session, and what it needs (design, section 4, step 9). What is not
 * here is refused; code that answers to a name which is not here does not compile. One test tries each of them with every set of scopes.
 */
export const ways = {
  /** `:authority` of a CONNECT. */
  connect: {
    ssh: 'session',
    notices: 'session',
    /** What the device says of the session, to be signed: not held by a pause. */
    receipt: 'session',
    /** For more: an administrator decides. */
    ask: 'session',
    command: 'terminal',
    files: 'files:read',
    web: 'web',
    'HOST:PORT': 'tcp',
  },
  /** Global requests of SSH (RFC 4254, section 4). */
  sshGlobal: {
    'no-more-sessions@openssh.com': 'session',
    'tcpip-forward': 'never',
    'streamlocal-forward@openssh.com': 'never',
  },
  /** Types of SSH channels (RFC 4254, section 5.1). */
  sshChannel: {
    session: 'session',
    'direct-tcpip': 'tcp',
    'direct-streamlocal@openssh.com': 'never',
    'forwarded-tcpip': 'never',
    'forwarded-streamlocal@openssh.com': 'never',
    'auth-agent@openssh.com': 'never',
    x11: 'never',
  },
  /** Requests on a session channel of SSH (RFC 4254, section 6). */
  sshRequest: {
    shell: 'terminal',
    exec: 'terminal',
    /** By its name, below. */
    subsystem: 'session',
    env: 'session',
    'pty-req': 'session',
    'window-change': 'session',
    signal: 'session',
    break: 'session',
    'eow@openssh.com': 'session',
    'x11-req': 'never',
    'auth-agent-req@openssh.com': 'never',
  },
  /** Its worker is told, as it starts, whether it may change anything. */
  sshSubsystem: { sftp: 'files:read', 'sftp that changes': 'files:write', other: 'terminal' },
} as const satisfies { readonly [kind: string]: { readonly [name: string]: Needs } };

type Ways = typeof ways;
export type WayOf<K extends keyof Ways> = keyof Ways[K] & string;

/** Whether there is such a way, whatever it needs. */
export function isWay<K extends keyof Ways>(kind: K, name: string): name is WayOf<K> {
  return Object.hasOwn(ways[kind], name);
}

/**
 * The scope to ask for.
 *
 * @param target of a way that needs `tcp`
 * @throws channel-unknown where no scope gives it
 */
export function scopeFor(needs: Exclude<Needs, 'session'>, target?: `tcp:${string}`): Scope {
  if (needs === 'tcp' && target !== undefined) return target;
  if (needs === 'never' || needs === 'tcp') throw fail('channel-unknown', { leg: 'device' });
  return needs;
}
