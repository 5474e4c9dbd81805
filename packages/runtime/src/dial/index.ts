export { type DialOptions, dialRelay } from './dial.ts';
export { portFailure } from './failure.ts';
export { inOrder } from './ports.ts';
export { parseProxy, proxyName, type SiteProxy, throughProxy } from './proxy.ts';
export { resolveRelay } from './resolve.ts';
export { type Source, socketsFrom } from './source.ts';
