/** What an administrator does on the device, without the start of a program for each look. */
import { type Status, statusSchema } from '../../../packages/device/src/agent/status.ts';
import { callAgent, passwordSchema } from '../../../packages/device/src/api/index.ts';
import { clock } from './line.ts';

export type { Status };

export const statusOf = (deviceData: string): Promise<Status> =>
  callAgent(deviceData, clock, { path: '/v1/status', answer: statusSchema });

/** A new one-time password, after the one before was spent or given up. */
export async function newPassword(deviceData: string): Promise<string> {
  const call = { method: 'POST', path: '/v1/grant/password', answer: passwordSchema } as const;
  return (await callAgent(deviceData, clock, call)).otp ?? '';
}
