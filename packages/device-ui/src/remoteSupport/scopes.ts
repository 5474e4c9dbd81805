/** What is ticked in the dialog. What may be done is one list of scopes on the wire. */
export type Choice = {
  readonly terminal: boolean;
  readonly files: 'none' | 'read' | 'write';
  readonly web: boolean;
  /** `HOST:PORT` each. */
  readonly tcp: readonly string[];
};

export function choiceOf(scopes: readonly string[]): Choice {
  return {
    terminal: scopes.includes('terminal'),
    files: scopes.includes('files:write') ? 'write' : scopes.includes('files:read') ? 'read' : 'none',
    web: scopes.includes('web'),
    tcp: scopes.filter((scope) => scope.startsWith('tcp:')).map((scope) => scope.slice('tcp:'.length)),
  };
}

export function scopesOf({ terminal, files, web, tcp }: Choice): string[] {
  return [
    ...(terminal ? ['terminal'] : []),
    ...(files === 'none' ? [] : [`files:${files}`]),
    ...(web ? ['web'] : []),
    ...tcp.map((where) => `tcp:${where}`),
  ];
}

/** What is wrong with an address and port that somebody typed; undefined if nothing is. The device judges at the end. */
export function wrongTarget(host: string, port: string): 'host' | 'port' | undefined {
  if (host === '' || /[\s/:]/.test(host.replace(/^\[[\da-f:]+\]$/i, ''))) return 'host';
  return /^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535 ? undefined : 'port';
}
