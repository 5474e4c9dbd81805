import type { ChannelSession } from '../channels/index.ts';

/** Who is signed in, by whatever door. */
export type Account = {
  readonly name: string;
  /**
   * `root`: a command, over the socket that only the agent's own user may open. `temporary`: made for a grant or a
   * time. `representative`: somebody who comes through a session, in their own name.
   */
  readonly kind: 'root' | 'administrator' | 'temporary' | 'representative';
  readonly totp: boolean;
  /** When it ends by itself: wall clock, milliseconds since 1970. */
  readonly until?: number;
};

/** One request's caller: who they are, and by which way they came. */
export type Visit = {
  readonly account: Account | undefined;
  /** The support session that the connection came through: the in-process mark. */
  readonly session: ChannelSession | undefined;
  /** By which listener of the web interface the connection came: known by being the same. Undefined for no listener. */
  readonly listener?: object | undefined;
  /** Where the connection came from, for people and for counting; empty over the socket. */
  readonly address: string;
  /** What the browser calls itself, at most 200 characters. */
  readonly agent: string;
  /** The sign-in that the request bears. */
  readonly signIn: string | undefined;
  /** Whether the same caller would still be let in as the same account: asked again after whatever was waited for. */
  alive(): boolean;
  /** What the browser shows of an earlier sign-in with this name; undefined if nothing. */
  knownBrowser(name: string): string | undefined;
  /** Lets the browser bear this sign-in from now on. */
  remember(signIn: { readonly token: string; readonly browser: string }): void;
  /** Lets the browser forget its sign-in. */
  forget(): void;
};

/** A visit over the socket, whose file permissions are the sign-in. */
export function rootVisit(session: ChannelSession | undefined): Visit {
  return {
    account: { name: 'root', kind: 'root', totp: false },
    session,
    address: '',
    agent: '',
    signIn: undefined,
    alive: () => true,
    knownBrowser: () => undefined,
    remember: () => {},
    forget: () => {},
  };
}
