import { constants } from 'node:os';
import { fail } from '@sallyport/protocol/errors';
import { isWay, scopeFor, type WayOf, ways } from '../channels/access.ts';
import { demand, logFailure, type SessionContext } from '../channels/context.ts';
import type { Place, Reserved } from '../channels/openChannels.ts';
import { beginRecording } from '../channels/recorded.ts';
import type { ChannelExit, ChannelKind } from '../channels/types.ts';
import { tellable } from '../errors/index.ts';
import { acceptsVariable, sessionEnvironment, shellCommand, type TerminalSize } from '../processes/index.ts';
import type { SshChannel } from './channel.ts';
import { mustBeThere, type Program, runFiles, runOnPipes, runOnTerminal } from './program.ts';
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
/** How long a closed channel is listed still, so that the exit of its program can be recorded. */
const exitPatienceMs = 1_000;

/** Whether a request was done; a function is what begins as soon as the other side was told that it was. */
export type Outcome = boolean | (() => void);

/** A `session` channel of SSH (RFC 4254, section 6): requests prepare a program, then one starts it. */
export class ProgramChannel {
  readonly #context: SessionContext;
  readonly #channel: SshChannel;
  readonly #transport: SshTransport;
  readonly #remote: number;
  readonly #reserved: Reserved;
  readonly #variables = new Map<string, string>();
  #size: TerminalSize | undefined;
  #started = false;
  #running: Program | undefined;

  constructor(
    context: SessionContext,
    channel: SshChannel,
    transport: SshTransport,
    remote: number,
    reserved: Reserved,
  ) {
    this.#context = context;
    this.#reserved = reserved;
    this.#channel = channel;
    this.#transport = transport;
    this.#remote = remote;
  }

  get running(): boolean {
    return this.#running !== undefined;
  }

  /** Does what is asked for; the other side is told the outcome. Never throws. */
  request(type: string, data: unknown): Outcome {
    return isWay('sshRequest', type) && this.#do(type, data);
  }

  #do(type: WayOf<'sshRequest'>, data: unknown): Outcome {
    switch (type) {
      case 'env':
        return this.#setVariable(data);
      case 'pty-req':
        return this.#takeTerminal(data);
      case 'shell':
        return this.#start(ways.sshRequest.shell, 'shell', () => this.#runShell('shell'));
      case 'exec': {
        const line = commandSchema.safeParse(data);
        if (!line.success) return false;
        return this.#start(ways.sshRequest.exec, line.data, () => this.#runShell(line.data, line.data));
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
        this.#running?.mute();
        return true;
      case 'x11-req':
      case 'auth-agent-req@openssh.com':
        this.#context.session.record.refused(undefined, type);
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
    this.#running?.resize(this.#size);
    return true;
  }

  #startSubsystem(data: unknown): Outcome {
    const name = subsystemSchema.safeParse(data);
    if (!name.success) return false;
    if (name.data === 'sftp') {
      return this.#start(ways.sshSubsystem.sftp, 'sftp', () =>
        this.#run('files', 'sftp', (place) => runFiles(this.#context, this.#channel, place)),
      );
    }
    return this.#start(ways.sshSubsystem.other, `subsystem ${name.data}`, () => {
      throw fail('channel-unknown', { leg: 'device' });
    });
  }

  /**
   * Starts what `run` starts, if the scope that it needs is there. A refusal is not a failed request, for which `ssh` has only its own
   * words: it is a program that says why on standard error, and fails.
   */
  #start(needs: Parameters<typeof scopeFor>[0], what: string, run: () => void): Outcome {
    if (this.#started) return false;
    this.#started = true;
    return () => {
      try {
        demand(this.#context, scopeFor(needs), what);
        run();
      } catch (error) {
        this.#refuse(error);
      }
    };
  }

  #refuse(error: unknown): void {
    const known = tellable(error);
    logFailure(this.#context, known, error);
    this.#channel.resume();
    this.#channel.errors.write(`sallyport: ${known.message} ${known.next}\r\n`);
    this.#finish({ code: ownFailure + known.row.exit });
  }

  /** What runs has a place among the channels from here on, until it has ended. */
  #run(kind: ChannelKind, what: string, program: (place: Place) => Program | Promise<Program>): void {
    const { channels, session, options } = this.#context;
    this.#reserved.giveBack(); // For the place with a name that comes now.
    const recording = kind === 'files' ? undefined : options.recorder.next(session.grant);
    const place = channels.open(kind, what, () => this.#channel.destroy(), recording);
    const run = async (): Promise<ChannelExit> => {
      this.#running = await program(place);
      if (this.#size) this.#running.resize(this.#size); // It may have changed in between.
      const { ended, broken } = this.#running;
      if (!broken) return ended;
      return Promise.race([
        ended,
        broken.then((reason) => {
          throw reason;
        }),
      ]);
    };
    // A program that goes on without its channel is held by the session, no longer by a place among the channels.
    this.#channel.once('close', () => options.clock.after(exitPatienceMs, () => place.close()));
    run().then(
      (exit) => {
        place.close(exit);
        this.#finish(exit);
      },
      (error: unknown) => {
        place.close();
        this.#refuse(error);
      },
    );
  }

  #runShell(what: string, line?: string): void {
    const { user, mark } = this.#context;
    const size = this.#size;
    const kind = size ? 'terminal' : 'command';
    this.#run(kind, what, async (place) => {
      const start = {
        user,
        containment: this.#context.containment(),
        environment: sessionEnvironment(user, mark, this.#variables),
        command: shellCommand(user, line),
      };
      const recording = await beginRecording(this.#context, place, {
        kind,
        command: line,
        environment: start.environment,
        size: size ?? { columns: 80, rows: 24 },
      });
      if (!size) return runOnPipes(this.#context, this.#channel, place, start, recording);
      mustBeThere(this.#channel, place);
      demand(this.#context, 'terminal', what);
      return runOnTerminal(this.#channel, place, start, this.#size ?? size, recording);
    });
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
