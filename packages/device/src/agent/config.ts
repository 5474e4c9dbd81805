import type { Scope, TcpTarget } from '@sallyport/protocol/grant';
import type { SiteProxy } from '@sallyport/runtime/dial';
import type { ListenerAddress, RunAs } from '../channels/index.ts';

/** What an agent is started with, after flags, environment and `config.yaml` were put together. */
export type AgentConfig = {
  /** Who makes this device and supports it, for people. */
  readonly maker?: string | undefined;
  /** As whom terminals, commands and files run; undefined if that is not known, with the reason. */
  readonly runAs: RunAs | { readonly kind: 'missing'; readonly reason: string };
  /** Where the scope `web` leads: an address, or the agent's own page. */
  readonly webTarget: TcpTarget | undefined;
  readonly fileRoots: readonly string[];
  /** The one port to go out by; undefined for automatic. */
  readonly outboundPort: number | undefined;
  /** What to go through to the relay. */
  readonly proxy?: SiteProxy | undefined;
  /** The network port to go out by; undefined for whichever leads there. */
  readonly sourceInterface?: string | undefined;
  /** Where the agent's own web interface listens; undefined for nowhere. */
  readonly web: ListenerAddress | undefined;
};

/** Scopes that run something as `run-as`. */
export const needsRunAs = (scope: Scope): boolean => scope === 'terminal' || scope.startsWith('files:');
