import { makeProgram, runProgram } from '@sallyport/runtime/command';
import type { Command } from 'commander';

/** Command by command: what a command needs is loaded when it is called for, so `--version` loads none of it. */
const commands: { readonly [name: string]: () => Promise<(program: Command) => void> } = {
  init: async () => (await import('./commands/init.ts')).addInit,
  serve: async () => (await import('./commands/serve.ts')).addServe,
  authority: async () => (await import('./commands/authority.ts')).addAuthority,
  device: async () => (await import('./commands/device.ts')).addDevice,
  representative: async () => (await import('./commands/representative.ts')).addRepresentative,
  grants: async () => (await import('./commands/grants.ts')).addGrants,
  audit: async () => (await import('./commands/audit.ts')).addAudit,
  status: async () => (await import('./commands/status.ts')).addStatus,
};

const program = makeProgram('sallyport-relay', {
  summary: 'The relay: it joins devices and representatives, and cannot read what they say.',
  examples: [
    'sallyport-relay init --data R --name localhost --listen 127.0.0.1:8443,127.0.0.1:8453',
    'sallyport-relay serve --data R',
    'sallyport-relay device token --data R',
    'sallyport-relay representative invite erin@maker.example --data R',
  ],
});
const [word] = process.argv.slice(2);
const named = word === undefined || word === '--version' ? undefined : commands[word];
if (named) (await named())(program);
else if (word !== '--version') for (const load of Object.values(commands)) (await load())(program);
await runProgram(program);
