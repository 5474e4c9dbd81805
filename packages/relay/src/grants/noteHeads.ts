import type { FromDevice } from '@sallyport/protocol/tunnel';
import { audit } from '../audit/index.ts';
import type { Writes } from '../store/index.ts';

/**
 * Notes in the audit log how far recordings of a device are sealed: from then on the device itself cannot change what
 * was before. A grant that is not the device's is passed over.
 */
export async function noteHeads(
  writes: Writes,
  { grant, recordings, audit: head }: Extract<FromDevice, { type: 'heads' }>,
  { device, now }: { readonly device: string; readonly now: number },
): Promise<void> {
  const known = await writes
    .selectFrom('grants')
    .select('id')
    .where('id', '=', grant)
    .where('device', '=', device)
    .executeTakeFirst();
  if (!known) return;
  if (head) {
    await audit(writes, {
      at: now,
      event: 'audit-head-1',
      actor: `device/${device}`,
      subject: `grant/${grant}`,
      details: head,
    });
  }
  for (const head of recordings) {
    await audit(writes, {
      at: now,
      event: 'recording-head-1',
      actor: `device/${device}`,
      subject: `grant/${grant}`,
      details: head,
    });
  }
}
