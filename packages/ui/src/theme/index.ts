export { InterfaceRoot, styleNonce } from './InterfaceRoot.tsx';
