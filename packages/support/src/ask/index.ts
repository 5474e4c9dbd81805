export { askForMore, type Granted } from './ask.ts';
