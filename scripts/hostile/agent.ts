/** What an administrator does on the device, without the start of a program for each look. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Scope } from '@sallyport/protocol/grant';
import { openDataFolder } from '@sallyport/runtime/folder';
import { type Status, statusSchema } from '../../packages/device/src/agent/status.ts';
import { callAgent, enabledSchema, passwordSchema } from '../../packages/device/src/api/index.ts';
import { identityStore } from '../../packages/device/src/identity/index.ts';
import { programs, type Service, startService } from '../stage/program.ts';
import { clock } from './line.ts';
import type { StolenKeys } from './people.ts';

export type { Status };

export const statusOf = (deviceData: string): Promise<Status> =>
  callAgent(deviceData, clock, { path: '/v1/status', answer: statusSchema });

/** A new one-time password, after the one before was spent or given up. */
export async function newPassword(deviceData: string): Promise<string> {
  const call = { method: 'POST', path: '/v1/grant/password', answer: passwordSchema } as const;
  return (await callAgent(deviceData, clock, call)).otp ?? '';
}

export type LoneDevice = {
  readonly data: string;
  readonly service: Service;
  /** Disables, and enables anew. @returns the one-time password */
  fresh(terms: { forMs: number; scopes: readonly Scope[] }): Promise<string>;
  end(): Promise<void>;
};

/** A device agent, the real program, that is enrolled at a relay which a test plays on these ports of the loopback. */
export async function startLoneDevice(
  keys: StolenKeys,
  ports: readonly number[],
  { args = [], env = {} }: { readonly args?: readonly string[]; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<LoneDevice> {
  const parent = mkdtempSync(join(tmpdir(), 'sallyport-test-'));
  const data = join(parent, 'device');
  openDataFolder(data, { program: 'sallyport-device', version: 1, create: true, setUp: '' }).markVersion();
  const own = await keys.issue('device', 'd123456789');
  identityStore(join(data, 'identity.json')).write({
    id: own.id,
    host: 'localhost',
    ports: [...ports],
    key: own.tls.key,
    certificate: own.certificate,
    authority: keys.pems,
  });
  const serve = ['serve', '--data', data, '--run-as', 'same-user', ...args];
  const service = startService(programs.device, serve, env);
  await service.line(/^ready/);
  return {
    data,
    service,
    fresh: async (body) => {
      await callAgent(data, clock, { method: 'DELETE', path: '/v1/grant', answer: statusSchema });
      const call = { method: 'POST', path: '/v1/grant', body, answer: enabledSchema } as const;
      return (await callAgent(data, clock, call)).otp;
    },
    end: async () => {
      await service.end();
      rmSync(parent, { recursive: true, force: true });
    },
  };
}
