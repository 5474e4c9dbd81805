export { findBrowser, printPdf } from './printPdf.ts';
