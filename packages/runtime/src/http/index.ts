export { errorOf } from './answer.ts';
export { type RequestOptions, request } from './request.ts';
export { sessionProtocol, type UpgradeOptions, upgrade } from './upgrade.ts';
