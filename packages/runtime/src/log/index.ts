export { createLog, type LogLevel, type LogOptions, logLevels } from './pino.ts';
