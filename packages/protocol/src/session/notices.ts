import { z } from 'zod';
import { longestGrantMs, scopesSchema } from '../grant/index.ts';
import type { MessageOf, OutgoingOf } from '../wire/index.ts';

/**
 * What the device tells on the channel `notices` of a session: what the representative should see and no program of
 * theirs says. In the frames of hello. A reader passes over a type that it does not know.
 */
export const noticeSchemas = {
  /** Whether the administrator holds what the representative sends: all of it waits, and nothing is lost. */
  paused: z.object({ paused: z.boolean() }),
  /** Whether somebody on site looks at a terminal of this session as it goes on. */
  watched: z.object({ watched: z.boolean() }),
  /** What the grant allows and how long it goes on, in milliseconds: told at once, and when an administrator changed it. */
  terms: z.object({ scopes: scopesSchema, leftMs: z.number().int().min(0).max(longestGrantMs) }),
} as const;
export type DeviceNotice = MessageOf<typeof noticeSchemas>;
export type ToNoticeReader = OutgoingOf<typeof noticeSchemas>;
