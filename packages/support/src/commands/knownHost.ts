import { knownHostLine } from '../pins/knownHost.ts';

/**
 * `known-host DATA HOST REASON KEYTYPE KEY`, for `ssh`'s KnownHostsCommand: prints the host key of the pin of the port
 * number's grant. `ssh` says only that verification failed; so a key that differs is explained here.
 */
export function knownHost([data = '', host = '', , , shown = 'NONE']: readonly string[]): void {
  try {
    const line = knownHostLine(data, host);
    if (line !== undefined) process.stdout.write(`${line}\n`);
    if (line !== undefined && shown !== 'NONE' && !line.endsWith(` ${shown}`)) {
      process.stderr.write(
        'sallyport: the device shows another SSH key than the session told. Do not go on.\n',
      );
    }
  } catch (error) {
    process.stderr.write(
      `sallyport: no pin can be read in ${data}: ${(error as NodeJS.ErrnoException).code}\n`,
    );
    process.exitCode = 1;
  }
}
