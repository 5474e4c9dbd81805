async function main(): Promise<void> {
  if (process.argv[2] === '--version') {
    const { default: packageJson } = await import('../package.json', { with: { type: 'json' } });
    process.stdout.write(`${packageJson.version}\n`);
  } else {
    // Before any schema is made. A command parses little: to compile each first would be a twentieth of its start.
    (await import('zod')).config({ jitless: true });
    const [{ runProgram }, { supportProgram }] = await Promise.all([
      import('@sallyport/runtime/command'),
      import('./commands/program.ts'),
    ]);
    await runProgram(supportProgram());
  }
}

void main();
