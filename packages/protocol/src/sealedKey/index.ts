export { isSealed, openWithPassphrase, openWithWrap, sealKey, type Wrap, wrapBytes } from './sealedKey.ts';
