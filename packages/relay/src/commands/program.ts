import { makeProgram } from '@sallyport/runtime/command';
import type { Command } from 'commander';

/** Command by command: what a command needs is loaded when it is called for, so `--version` loads none of it. */
const commands: { readonly [name: string]: () => Promise<(program: Command) => void> } = {
  init: async () => (await import('./init.ts')).addInit,
  serve: async () => (await import('./serve.ts')).addServe,
  authority: async () => (await import('./authority.ts')).addAuthority,
  device: async () => (await import('./device.ts')).addDevice,
  representative: async () => (await import('./representative.ts')).addRepresentative,
  grants: async () => (await import('./grants.ts')).addGrants,
  audit: async () => (await import('./audit.ts')).addAudit,
  status: async () => (await import('./status.ts')).addStatus,
};

/**
 * The command line.
 *
 * @param word the first word of it, if it is known: only that command is loaded
 */
export async function relayProgram(word?: string): Promise<Command> {
  const program = makeProgram('sallyport-relay', {
    summary: 'The relay: it joins devices and representatives, and cannot read what they say.',
    examples: [
      'sallyport-relay init --data R --name localhost --listen 127.0.0.1:8443,127.0.0.1:8453',
      'sallyport-relay serve --data R',
      'sallyport-relay device token --data R',
      'sallyport-relay representative invite erin@maker.example --data R',
    ],
  });
  const named = word === undefined ? undefined : commands[word];
  if (named) (await named())(program);
  else if (word !== '--version') for (const load of Object.values(commands)) (await load())(program);
  return program;
}
