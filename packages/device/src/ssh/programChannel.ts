import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { fail, SallyportError } from '@sallyport/protocol/errors';
import type { Scope } from '@sallyport/protocol/grant';
import { demand, type SessionContext } from '../channels/context.ts';
import type { Place } from '../channels/openChannels.ts';
import type { ChannelExit, ChannelKind } from '../channels/types.ts';
import {
  acceptsVariable,
  sessionEnvironment,
  shellCommand,
  startCommand,
  Terminal,
  type TerminalSize,
} from '../processes/index.ts';
import type { SshChannel } from './channel.ts';
import {
  commandSchema,
  isSshSignal,
  ptyRequestSchema,
  signalSchema,
  subsystemSchema,
  variableSchema,
  windowChangeSchema,
} from './requests.ts';
import type { SshTransport } from './transport.ts';

const mostVariables = 32;
/** `connect` and `exec` return a remote status as it is; a failure of Sallyport's own is its exit code and this. */
const ownFailure = 250;

/** Whether a request was done; a function is what begins as soon as the other side was told that it was. */
export type Outcome = boolean | (() => void);

type Running = {
  resize?(size: TerminalSize): void;
  signal(name: NodeJS.Signals): void;
  /** Nobody reads any more what it prints. */
  mute?(): void;
  readonly onTerminal: boolean;
};

/** A `session` channel of SSH (RFC 4254, section 6): requests prepare a program, then one starts it. */
export class ProgramChannel {
  readonly #context: SessionContext;
  readonly #channel: SshChannel;
  readonly #transport: SshTransport;
  readonly #remote: number;
  readonly #variables = new Map<string, string>();
  #size: TerminalSize | undefined;
  #started = false;
  #running: Running | undefined;

  constructor(context: SessionContext, channel: SshChannel, transport: SshTransport, remote: number) {
    this.#context = context;
    this.#channel = channel;
    this.#transport = transport;
    this.#remote = remote;
  }

  /** Does what is asked for; the other side is told the outcome. Never throws. */
  request(type: string, data: unknown): Outcome {
    switch (type) {
      case 'env':
        return this.#setVariable(data);
      case 'pty-req':
        return this.#takeTerminal(data);
      case 'shell':
        return this.#start('terminal', 'shell', () => this.#run('shell'));
      case 'exec': {
        const line = commandSchema.safeParse(data);
        return line.success && this.#start('terminal', line.data, () => this.#run(line.data, line.data));
      }
      case 'subsystem':
        return this.#startSubsystem(data);
      case 'window-change':
        return this.#resize(data);
      case 'signal': {
        const signal = signalSchema.safeParse(data);
        if (!signal.success || !this.#running) return false;
        this.#running.signal(signal.data);
        return true;
      }
      case 'break':
        // A pseudo-terminal has no line to break: what a break means there is the interrupt of termios' BRKINT.
        if (!this.#running?.onTerminal) return false;
        this.#running.signal('SIGINT');
        return true;
      case 'eow@openssh.com':
        this.#running?.mute?.();
        return true;
      case 'x11-req':
      case 'auth-agent-req@openssh.com':
        this.#context.session.record.refused(undefined, type);
        return false;
      default:
        return false;
    }
  }

  #setVariable(data: unknown): boolean {
    const variable = variableSchema.safeParse(data);
    if (!variable.success || this.#started || this.#variables.size >= mostVariables) return false;
    const { name, value } = variable.data;
    if (!acceptsVariable(name, value)) return false;
    this.#variables.set(name, value);
    return true;
  }

  #takeTerminal(data: unknown): boolean {
    const pty = ptyRequestSchema.safeParse(data);
    if (!pty.success || this.#started) return false;
    const { term, cols, rows } = pty.data;
    this.#size = { columns: cols, rows };
    this.#variables.set('TERM', acceptsVariable('TERM', term) && term !== '' ? term : 'dumb');
    return true;
  }

  #resize(data: unknown): boolean {
    const change = windowChangeSchema.safeParse(data);
    if (!change.success || !this.#size) return false;
    this.#size = { columns: change.data.cols, rows: change.data.rows };
    this.#running?.resize?.(this.#size);
    return true;
  }

  #startSubsystem(data: unknown): Outcome {
    const name = subsystemSchema.safeParse(data);
    if (!name.success) return false;
    return this.#start('terminal', `subsystem ${name.data}`, () => {
      throw fail('channel-unknown', { leg: 'device' });
    });
  }

  /**
   * Starts what `run` starts, if `scope` is there. A refusal is not a failed request, for which `ssh` has only its own
   * words: it is a program that says why on standard error, and fails.
   */
  #start(scope: Scope, what: string, run: () => void): Outcome {
    if (this.#started) return false;
    this.#started = true;
    return () => {
      try {
        demand(this.#context, scope, what);
        run();
      } catch (error) {
        this.#refuse(error);
      }
    };
  }

  #refuse(error: unknown): void {
    const known = error instanceof SallyportError ? error : fail('internal', { cause: error });
    const { log } = this.#context.options;
    if (known.code === 'internal')
      log.error('channel-failed-1', { session: this.#context.session.id, error });
    this.#channel.resume();
    this.#channel.errors.write(`sallyport: ${known.message} ${known.row.next}\r\n`);
    this.#finish({ code: ownFailure + known.row.exit });
  }

  #run(what: string, line?: string): void {
    const kind: ChannelKind = this.#size ? 'terminal' : 'command';
    const { channels, user, mark } = this.#context;
    const place = channels.open(kind, what, () => this.#channel.destroy());
    try {
      const start = {
        user,
        containment: this.#context.containment(),
        environment: sessionEnvironment(user, mark, this.#variables),
        command: shellCommand(user, line),
      };
      const done = this.#size ? this.#onTerminal(place, start, this.#size) : this.#onPipes(place, start);
      void done.then(
        (exit) => {
          place.close(exit);
          this.#finish(exit);
        },
        (error: unknown) => {
          place.close();
          this.#refuse(error);
        },
      );
    } catch (error) {
      place.close();
      throw error;
    }
  }

  /** Resolves when the program has ended and all that it printed is on its way. */
  async #onTerminal(
    place: Place,
    start: ConstructorParameters<typeof Terminal>[0],
    size: TerminalSize,
  ): Promise<ChannelExit> {
    const channel = this.#channel;
    const terminal = new Terminal(start, size, 'sane iutf8');
    this.#running = {
      onTerminal: true,
      resize: (next) => terminal.resize(next),
      signal: (name) => terminal.signal(name),
    };
    channel.once('close', () => terminal.destroy());
    channel.on('data', (chunk: Buffer) => {
      place.countIn(chunk.length);
      if (!terminal.write(chunk)) channel.pause();
    });
    terminal.on('drain', () => channel.resume());
    terminal.on('data', (chunk: Buffer) => place.countOut(chunk.length));
    await pour(terminal, channel);
    return terminal.exited;
  }

  async #onPipes(place: Place, start: Parameters<typeof startCommand>[0]): Promise<ChannelExit> {
    const channel = this.#channel;
    const command = await startCommand(start, () => {
      if (place.over || channel.destroyed) throw fail('session-closed');
      demand(this.#context, 'terminal', 'command');
    });
    this.#running = {
      onTerminal: false,
      signal: (name) => command.signal(name),
      mute: () => command.output.destroy(),
    };
    channel.once('close', () => command.release());
    channel.on('data', (chunk: Buffer) => place.countIn(chunk.length));
    command.output.on('data', (chunk: Buffer) => place.countOut(chunk.length));
    command.errors.on('data', (chunk: Buffer) => place.countOut(chunk.length));
    channel.pipe(command.input);
    command.input.on('close', () => channel.resume()); // It reads no more: what still comes goes nowhere.
    await Promise.all([pour(command.output, channel), pour(command.errors, channel.errors)]);
    return command.exited;
  }

  #finish(exit: ChannelExit): void {
    this.#channel.finish(() => {
      if ('code' in exit) {
        this.#transport.exitStatus(this.#remote, exit.code);
      } else if (isSshSignal(exit.signal)) {
        this.#transport.exitSignal(this.#remote, exit.signal, false, '');
      } else {
        const number = constants.signals[exit.signal as NodeJS.Signals] ?? 0;
        this.#transport.exitStatus(this.#remote, 128 + number);
      }
    });
  }
}

/** Everything that `source` gives goes to `target`, which stays open. Resolves when all is handed over, or one is gone. */
function pour(source: Readable, target: Writable): Promise<void> {
  return new Promise((resolve) => {
    source.once('end', resolve);
    source.once('close', resolve);
    target.once('close', () => {
      source.destroy();
      resolve();
    });
    source.pipe(target, { end: false });
  });
}
