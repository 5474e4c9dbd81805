import type { Duplex } from 'node:stream';
import type { Clock, Log, Random } from '@sallyport/protocol/environment';
import type { SallyportError } from '@sallyport/protocol/errors';
import type { GrantId, Scope, StreamId, TcpTarget } from '@sallyport/protocol/grant';
import type { RecordingId, RecordingSummary } from '@sallyport/protocol/recording';
import type { FromAsker } from '@sallyport/protocol/session';
import type { FileEvent } from '../files/index.ts';
import type { Recorder } from '../recordings/index.ts';
import type { InputGate } from './inputGate.ts';
import type { TerminalTap } from './terminalTap.ts';
import type { WebRequest } from './webRequests.ts';

/** As whom terminals, commands and file transfers run (design, section 4, step 9). */
export type RunAs =
  | { readonly kind: 'same-user' }
  | {
      readonly kind: 'user';
      readonly name: string;
      readonly uid: number;
      readonly gid: number;
      readonly home: string;
      readonly shell: string;
    };

export const channelKinds = ['terminal', 'command', 'files', 'web', 'tcp'] as const;
export type ChannelKind = (typeof channelKinds)[number];

/** One open channel of a session, as the page, the API and the audit log tell of it. */
export type ChannelSummary = {
  /** Unique within its session, counted from 1. */
  readonly id: number;
  readonly kind: ChannelKind;
  /** Printable: the command line, the target, or the name of the subsystem. At most 200 characters. */
  readonly what: string;
  /** Wall clock, in milliseconds since 1970. */
  readonly since: number;
  /** From the representative to the device, and back. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Of a terminal or a command. */
  readonly recording?: RecordingId;
};

/** How the process behind a terminal, a command or a file transfer ended. `signal` is a name such as `SIGTERM`. */
export type ChannelExit = { readonly code: number } | { readonly signal: string };

export type ChannelEnd = {
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly exit?: ChannelExit;
  /** What the last seal of its recording vouches for. */
  readonly recording?: RecordingSummary & { readonly id: RecordingId };
};

/** Told what happens in a session. Audit and recordings hang in here. Never throws. */
export type SessionRecord = {
  channelOpened(summary: ChannelSummary): void;
  channelClosed(id: number, end: ChannelEnd): void;
  /** `scope` is what was missing; undefined for what no scope gives, such as a remote forward. */
  refused(scope: Scope | undefined, what: string): void;
  /** What a file transfer did; `id` is its channel's. */
  file(id: number, event: FileEvent): void;
};

/** What the grant allows now, and what is left of it, in milliseconds. */
export type Terms = { readonly scopes: readonly Scope[]; readonly leftMs: number };

/** The session that channels belong to, and the one to ask whether something is allowed *now*. */
export type ChannelSession = {
  readonly id: StreamId;
  readonly grant: GrantId;
  /** The case number of the grant. */
  readonly reference?: string | undefined;
  /** The representative's name, as in the certificate. */
  readonly representative: string;
  readonly keySha256: string;
  /** The grant's private host key for SSH, PEM or OpenSSH format. */
  readonly hostKey: string;
  /** Asks grant, block and end anew every time it is called. */
  allows(scope: Scope): boolean;
  scopes(): readonly Scope[];
  terms(): Terms;
  /** Calls `listener` when an administrator changed the terms. @returns how to stop that */
  onTerms(listener: () => void): () => void;
  /**
   * Puts a question to the administrator; `answer` rejects when it is refused, or with the reason of `signal`.
   *
   * @throws session-closed, scope-not-offered, scopes-too-long, asks-used-up, ask-too-soon
   */
  ask(wish: Omit<FromAsker, 'type'>, signal: AbortSignal): { readonly answer: Promise<Terms> };
  /** Held while the administrator pauses the representative. */
  readonly input: InputGate;
  /** Takes the channel on which the receipt is signed; of several the first. @returns whether it did */
  receipt?(channel: Duplex): boolean;
  readonly record: SessionRecord;
};

export type ListenerAddress = { readonly address: string; readonly port: number };

export type ChannelOptions = {
  readonly runAs: RunAs;
  /** Folders that file transfers may reach; `forbidden` ones inside them stay closed. */
  readonly fileRoots: readonly string[];
  readonly forbidden: readonly string[];
  /**
   * What a `web` channel leads to: an in-process connection that bears the session's mark, or an address. `requested` is
   * told of each request that the former answered.
   */
  readonly web: {
    connect(session: ChannelSession, requested: (request: WebRequest) => void): Duplex | TcpTarget;
  };
  /** Every TCP address that the agent itself listens on; no TCP channel may lead there. */
  readonly ownListeners: () => readonly ListenerAddress[];
  /** Where terminals and commands are recorded: nothing of them is shown that is not. */
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The folder in which each session gets its cgroup; found in /proc/mounts when absent. */
  readonly cgroupRoot?: string;
};

/** What is said at the end of a session: first that it ends, and when all is recorded, what it was. Neither throws. */
export type LastWords = { before(): Promise<void>; after(): Promise<void> };

/** The open channels of one session, for as long as its stream lives. */
export type SessionChannels = {
  /**
   * Ends all channels; resolves when their processes are gone too, rejects with `processes-left` when some are not. The second call waits for the first.
   *
   * @param words what is to happen while the other side still hears: all channels are closed and recorded then, but the
   *   one of the receipt
   */
  close(reason: SallyportError, words?: LastWords): Promise<void>;
  channels(): readonly ChannelSummary[];
  /** What the terminal on a channel shows; undefined if there is none. */
  terminal(channel: number): TerminalTap | undefined;
};
