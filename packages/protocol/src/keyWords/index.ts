export { keyWords } from './keyWords.ts';
