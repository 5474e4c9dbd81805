export { type PortResult, type TestResult, testConnection } from './connectionTest.ts';
