export { openWebListener, type WebListener, type WebListenerOptions } from './listener.ts';
