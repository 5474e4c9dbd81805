export { type Formats, formatsOf } from './formats.ts';
export { type Language, languages } from './languages.ts';
export { makeWords, type Words } from './Words.tsx';
