import { constants, type ServerHttp2Stream } from 'node:http2';
import {
  CommandFrameReader,
  commandBytes,
  commandStartSchema,
  encodeCommandExit,
} from '@sallyport/protocol/channels';
import { fail } from '@sallyport/protocol/errors';
import {
  acceptsVariable,
  type Command,
  sessionEnvironment,
  shellCommand,
  startCommand,
} from '../processes/index.ts';
import type { Recording } from '../recordings/index.ts';
import { scopeFor, ways } from './access.ts';
import { demand, type SessionContext, untilLetThrough } from './context.ts';
import type { Place } from './openChannels.ts';
import { beginRecording } from './recorded.ts';

/** The line and the variables have to be there by then. */
const startMs = 10_000;
/** How long the other side may take to end its half once the program has ended. */
const farewellMs = 1_000;
/** What the device itself says is its exit code and this, as `exec` has it. */
const ownFailure = 250;
/** How long a closed channel is listed still, so that the exit of its program can be recorded. */
const exitPatienceMs = 1_000;

type Start = { readonly line: string; readonly variables: ReadonlyMap<string, string> };

/**
 * Serves `command`: a line in the shell of the run-as user, without a terminal and without SSH around it. What `exec` of
 * SSH does, in one round trip instead of five.
 *
 * @throws scope-refused, channels-used-up, message-malformed, timed-out, session-closed; when no process can be started
 */
export async function serveCommand(context: SessionContext, channel: ServerHttp2Stream): Promise<void> {
  const { channels, session, user, mark, options } = context;
  const input = new Input(context, channel);
  const reserved = channels.reserve();
  let start: Start;
  try {
    start = await input.start();
  } finally {
    reserved.giveBack(); // For the place with a name that comes now.
  }
  // It may have come long after the channel was opened.
  await untilLetThrough(context, channel);
  const { line, variables } = start;
  const scope = scopeFor(ways.connect.command);
  demand(context, scope, line);
  const name = options.recorder.next(session.grant);
  const place = channels.open('command', line, () => channel.destroy(), name);
  try {
    const terms = {
      user,
      containment: context.containment(),
      environment: sessionEnvironment(user, mark, variables),
      command: shellCommand(user, line),
    };
    const recording = await beginRecording(context, place, {
      kind: 'command',
      command: line,
      environment: terms.environment,
      size: { columns: 80, rows: 24 },
    });
    const command = await startCommand(terms, () => {
      if (place.over || channel.destroyed) throw fail('session-closed');
      demand(context, scope, line);
    });
    channel.once('close', () => {
      command.release();
      // A program that goes on without its channel is held by the session, no longer by a place among the channels.
      options.clock.after(exitPatienceMs, () => place.close());
    });
    channel.respond({ ':status': 200 });
    input.pourInto(command, place);
    const broken = recording.broken.then((reason) => {
      sayLast(channel, `sallyport: ${reason.message} ${reason.next}\n`);
      return { code: ownFailure + reason.row.exit };
    });
    const exit = await Promise.race([
      poured(command, channel, place, recording).then(() => command.exited),
      broken,
    ]);
    place.close(exit);
    if (channel.writable) channel.end(encodeCommandExit(exit));
    // The other half is of no use any more.
    const late = options.clock.after(farewellMs, () => channel.close(constants.NGHTTP2_NO_ERROR));
    channel.once('close', () => late.cancel());
  } catch (error) {
    place.close();
    throw error;
  }
}

/** What the representative sends: first what to start, then its input, as the administrator lets it through. */
class Input {
  readonly #context: SessionContext;
  readonly #channel: ServerHttp2Stream;
  readonly #reader: CommandFrameReader;
  /** Of the chunk in which the start came. */
  readonly #early: Buffer[] = [];
  #started: (start: Start) => void = () => {};
  #failed: (error: unknown) => void = () => {};
  #wasStarted = false;
  #take = (piece: Buffer): void => void this.#early.push(piece);

  constructor(context: SessionContext, channel: ServerHttp2Stream) {
    this.#context = context;
    this.#channel = channel;
    this.#reader = new CommandFrameReader(['start', 'input'], {
      onJson: (_, content) => this.#begin(content),
      onBytes: (_, piece) => {
        if (!this.#wasStarted)
          throw fail('message-malformed', { details: { reason: 'input before a start' } });
        this.#take(piece);
      },
    });
  }

  start(): Promise<Start> {
    const channel = this.#channel;
    return new Promise((resolve, reject) => {
      const late = this.#context.options.clock.after(startMs, () =>
        reject(fail('timed-out', { details: { seconds: startMs / 1_000 } })),
      );
      const gone = (): void => reject(fail('session-closed'));
      channel.once('close', gone);
      this.#failed = reject;
      this.#started = (start) => {
        late.cancel();
        channel.off('close', gone);
        // Not read further before there is somewhere to put it.
        channel.pause();
        resolve(start);
      };
      channel.on('data', (chunk: Buffer) => this.#read(chunk));
    });
  }

  #read(chunk: Buffer): void {
    try {
      this.#reader.read(chunk);
    } catch (error) {
      if (this.#wasStarted) this.#channel.destroy();
      this.#failed(error);
    }
  }

  #begin(content: unknown): void {
    const start = commandStartSchema.safeParse(content);
    if (!start.success || this.#wasStarted)
      throw fail('message-malformed', { details: { reason: 'no start of a command' } });
    this.#wasStarted = true;
    const { line, environment } = start.data;
    const accepted = Object.entries(environment).filter(([name, value]) => acceptsVariable(name, value));
    this.#started({ line, variables: new Map(accepted) });
  }

  pourInto({ input }: Command, place: Place): void {
    const channel = this.#channel;
    const gate = this.#context.session.input;
    const goOn = (): void => {
      if (!gate.held && !input.writableNeedDrain) channel.resume();
    };
    this.#take = (piece) => {
      place.countIn(piece.length);
      // After the program has closed its input, what still comes goes nowhere.
      if (input.writable && !input.write(piece)) channel.pause();
    };
    for (const piece of this.#early.splice(0)) this.#take(piece);
    input.on('drain', goOn);
    input.on('close', goOn);
    channel.on('end', () => {
      if (!channel.aborted) input.end();
    });
    channel.once(
      'close',
      gate.onChange(() => (gate.held ? channel.pause() : goOn())),
    );
    goOn();
  }
}

/** A word of the device itself, among the errors of a program that goes no further. */
function sayLast(channel: ServerHttp2Stream, text: string): void {
  if (!channel.writable) return;
  for (const bytes of commandBytes('errors', Buffer.from(text))) channel.write(bytes);
}

/** Sends all that the program writes, recorded. Resolves when both streams have ended, or the channel is gone. */
function poured(
  command: Command,
  channel: ServerHttp2Stream,
  place: Place,
  recording: Recording,
): Promise<unknown> {
  const sources = { output: command.output, errors: command.errors } as const;
  const all = Object.values(sources);
  const goOn = (): void => {
    if (recording.held || channel.writableNeedDrain) return;
    for (const source of all) source.resume();
  };
  channel.on('drain', goOn);
  recording.onHeld(goOn);
  void recording.broken.then(() => command.release());
  const pour = (type: keyof typeof sources): Promise<void> =>
    new Promise((resolve) => {
      const source = sources[type];
      source.once('end', resolve);
      source.once('close', resolve);
      source.on('data', (chunk: Buffer) => {
        if (!channel.writable) return;
        place.countOut(chunk.length);
        recording.output(chunk);
        channel.cork();
        for (const bytes of commandBytes(type, chunk)) channel.write(bytes);
        channel.uncork();
        if (channel.writableNeedDrain || recording.held) for (const each of all) each.pause();
      });
    });
  return Promise.all([pour('output'), pour('errors')]);
}
