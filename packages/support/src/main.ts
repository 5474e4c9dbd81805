import { mkdirSync, statSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

keepCompiledCode();
if (process.argv[2] === '--version') {
  const { default: packageJson } = await import('../package.json', { with: { type: 'json' } });
  process.stdout.write(`${packageJson.version}\n`);
} else {
  const [{ runProgram }, { supportProgram }] = await Promise.all([
    import('@sallyport/runtime/command'),
    import('./commands/program.ts'),
  ]);
  await runProgram(supportProgram());
}

/** Halves the time to start. In a folder of this user alone: who can write there can run code as this user. */
function keepCompiledCode(): void {
  try {
    const folder = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'sallyport', 'code');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { uid, mode } = statSync(folder);
    if ((mode & 0o022) === 0 && uid === (process.getuid?.() ?? uid)) enableCompileCache(folder);
  } catch {
    // Without it everything works, only later.
  }
}
