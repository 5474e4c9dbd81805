/** Language settings of this computer, as `ssh` sends them; the device takes these and no others. */
export function languageOf(env: NodeJS.ProcessEnv): { [name: string]: string } {
  const chosen = Object.entries(env).filter(([name, value]) => /^(LANG|LC_[A-Z]+)$/.test(name) && value);
  return Object.fromEntries(chosen) as { [name: string]: string };
}
