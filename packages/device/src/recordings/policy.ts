import { z } from 'zod';
import type { Settings } from '../state/index.ts';

export const onFullChoices = ['close', 'mark'] as const;

/** What administrators set about recordings. */
export const recordingPolicySchema = z.strictObject({
  keepDays: z.number().int().min(1).max(3_650).describe('Recordings that are older are removed'),
  maxMb: z
    .number()
    .int()
    .min(16)
    .max(10_000_000)
    .describe('Megabytes of all recordings; beyond, the oldest are removed, never those of the open grant'),
  onFull: z
    .enum(onFullChoices)
    .describe('A disk that takes no recording: close the terminal, or go on with a mark in the recording'),
});
export type RecordingPolicy = z.output<typeof recordingPolicySchema>;

export const usualPolicy: RecordingPolicy = { keepDays: 365, maxMb: 2_048, onFull: 'close' };

const { shape } = recordingPolicySchema;

/** The same in `config.yaml`: what is left out is as usual. */
export const recordingSettingsSchema = z.strictObject({
  keepDays: shape.keepDays.default(usualPolicy.keepDays),
  maxMb: shape.maxMb.default(usualPolicy.maxMb),
  onFull: shape.onFull.default(usualPolicy.onFull),
  /** To whom recordings are encrypted once they have ended: recipients of age. Nobody, and they stay readable on the device. */
  recipients: z
    .array(z.string().regex(/^age1[0-9a-z]{10,4000}$/, 'name recipients of age: age1...'))
    .max(10)
    .default([]),
});

/** What was set in the web interface, over what is configured. */
export function policyOf(
  settings: Pick<Settings, 'get'>,
  { keepDays, maxMb, onFull }: RecordingPolicy,
): RecordingPolicy {
  const chosen = settings.get('recordings');
  try {
    const set = recordingPolicySchema.partial().parse(JSON.parse(chosen ?? '{}'));
    return {
      keepDays: set.keepDays ?? keepDays,
      maxMb: set.maxMb ?? maxMb,
      onFull: set.onFull ?? onFull,
    };
  } catch {
    return { keepDays, maxMb, onFull }; // Of another version of the agent.
  }
}
