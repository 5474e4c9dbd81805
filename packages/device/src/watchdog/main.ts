/**
 * The watchdog: a process of its own beside the agent while a grant is open. When the agent's main thread hangs, it
 * still ends everything: on Disable (from the command, over its socket), and at the end of the grant. When the agent is
 * gone without a word, it ends the processes that are left behind. It takes no part in anything else.
 *
 * Arguments: the data folder, the agent's pid, the agent's mark.
 */
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { systemClock } from '@sallyport/runtime/clock';
import { withSocketPath } from '../api/socketPath.ts';
import { endAgent, type WatchedAgent } from './end.ts';
import { begin, hasHung, hear, isOverdue, look, type Now } from './judge.ts';
import { type AnswerWord, disableWord, lineCap, readAgentLine, watchdogSocket } from './words.ts';

const lookEveryMs = 100;
const listenAgainMs = 1_000;

const [folder = '', pid = '', mark = ''] = process.argv.slice(2);
const agent: WatchedAgent = { pid: Number(pid), mark };
const clock = systemClock();
const now = (): Now => ({ monotonicMs: clock.monotonicMs(), bootMs: clock.bootMs() });

let known = begin(now());
let ending: Promise<void> | undefined;

/** Ends everything, once; this process with it. */
function end(reason: 'disabled' | 'expired' | 'agent-gone'): Promise<void> {
  ending ??= endAgent(agent, reason === 'agent-gone' ? undefined : { folder, reason });
  // The command that asked is answered first.
  ending.then(() => clock.after(200, () => process.exit(0))).catch(() => process.exit(1));
  return ending;
}

const lines = createInterface({ input: process.stdin });
lines.on('line', (text) => {
  const line = readAgentLine(text);
  if (line?.is === 'off') process.exit(0);
  if (line) known = hear(known, line, now());
});
lines.on('close', () => void end('agent-gone').catch(() => {}));

setInterval(() => {
  known = look(known, now());
  if (isOverdue(known, now())) void end('expired').catch(() => {});
}, lookEveryMs);

async function answer(socket: Socket): Promise<void> {
  const say = (word: AnswerWord): void => void socket.end(`${word}\n`);
  if (!ending && !hasHung(known, now())) return say('alive');
  await end('disabled');
  say('ended');
}

const server = createServer((socket) => {
  let text = '';
  socket.on('error', () => {});
  socket.setTimeout(10_000, () => socket.destroy());
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    if (text === `${disableWord}\n`) answer(socket).catch(() => socket.destroy());
    else if (text.length > lineCap) socket.destroy();
  });
});
server.maxConnections = 8;
// Without its socket it still ends the grant in time, and what a dead agent leaves. So it goes on, and tries again.
server.on('error', () => clock.after(listenAgainMs, listen));

function listen(): void {
  try {
    withSocketPath(folder, watchdogSocket, (path, done) => {
      rmSync(join(folder, watchdogSocket), { force: true });
      server.listen(path, () => {
        chmodSync(join(folder, watchdogSocket), 0o600);
        done();
      });
    });
  } catch {
    clock.after(listenAgainMs, listen);
  }
}
listen();
