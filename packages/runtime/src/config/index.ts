export { type ConfigSources, loadConfig } from './load.ts';
export { environmentName, fileKey } from './names.ts';
