/**
 * A new key (ECDSA P-256, PKCS #8 PEM) and the request for its certificate (PKCS #10 PEM). The key never leaves the
 * place where this is called. The request names nobody: the relay chooses the name.
 *
 * The module that writes certificates is large and is loaded only here, so that other commands start without it.
 */
export async function makeKeyAndRequest(): Promise<{ key: string; request: string }> {
  const { makeRequest } = await import('../issue/index.ts');
  return makeRequest();
}
