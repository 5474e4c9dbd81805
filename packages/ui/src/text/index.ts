export { printable } from '@sallyport/protocol/text';
export { Foreign } from './Foreign.tsx';
