import { join } from 'node:path';
import { printJson } from '@sallyport/runtime/command';
import { controlFolder, makeControlFolder, sshConfigBlock } from '../sshConfig/index.ts';
import { type CommonOptions, openData } from './start.ts';

/** `ssh-config`: the block for `~/.ssh/config`. */
export function sshConfig(options: CommonOptions): void {
  const data = openData(options).path;
  const control = controlFolder(data);
  makeControlFolder(control);
  const program = join(import.meta.dirname, '../../bin/sallyport');
  const config = sshConfigBlock({ program, data, control });
  if (options.json) printJson({ config });
  else process.stdout.write(config);
}
