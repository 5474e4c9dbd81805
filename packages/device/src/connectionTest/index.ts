export { testConnection } from './connectionTest.ts';
export { keepTest, testHistory } from './history.ts';
export { holdConnections } from './hold.ts';
export { ConnectionTests } from './tests.ts';
export { type ConnectionTest, connectionTestSchema } from './view.ts';
