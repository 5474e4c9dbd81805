export { formatMoment } from './moment.ts';
export { printable } from './printable.ts';
