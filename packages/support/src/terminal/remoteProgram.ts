import { fail } from '@sallyport/protocol/errors';
import type { Client, ClientChannel, PseudoTtyOptions } from 'ssh2';
import { languageOf, type RemoteExit, sshFailure } from '../ssh/index.ts';

export type Program = {
  /** Left out: a shell. */
  readonly command?: string | undefined;
  /** Left out: no terminal. */
  readonly size?: { columns: number; rows: number } | undefined;
};

/** A program that runs on the device. */
export type Started = {
  readonly channel: ClientChannel;
  /** How it ended; undefined before that, and for ever if the channel was cut before it was told. */
  exit(): RemoteExit | undefined;
};

/** Starts a program on the device. @throws ssh-failed; session-closed if the connection ends meanwhile */
export function startProgram(client: Client, { command, size }: Program): Promise<Started> {
  return new Promise((resolve, reject) => {
    const onClose = (): void => reject(fail('session-closed'));
    client.once('close', onClose);
    const started = (error: Error | undefined, channel: ClientChannel): void => {
      client.off('close', onClose);
      if (error) {
        reject(sshFailure(error));
        return;
      }
      // Heard from this very moment: the exit of a short program may come in one piece with the news that it started.
      let exit: RemoteExit | undefined;
      channel.on('exit', (code: number | null, signal?: string) => {
        exit = { code, signal };
      });
      channel.on('error', () => {});
      resolve({ channel, exit: () => exit });
    };
    const env = languageOf(process.env);
    const pty = size && ptyOptions(size);
    if (command === undefined) client.shell(pty ?? false, { env }, started);
    else client.exec(command, { env, ...(pty ? { pty } : {}) }, started);
  });
}

const ptyOptions = ({ columns, rows }: { columns: number; rows: number }): PseudoTtyOptions => ({
  term: process.env['TERM'] || 'xterm-256color',
  cols: columns,
  rows,
  width: 0,
  height: 0,
});
