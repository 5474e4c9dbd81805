export { type LoopbackListener, type LoopbackOptions, listenOnLoopback } from './listen.ts';
