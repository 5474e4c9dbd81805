async function main(): Promise<void> {
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
}

void main();
