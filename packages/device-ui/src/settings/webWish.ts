import type { WebWish } from './webTrial.ts';

/** Which certificate: the one that there is, one that the device makes, or one that is uploaded. */
export type Choice = 'stays' | 'own' | 'upload';

/** Why nothing is sent: nothing is changed, a file is missing, or one of them cannot be read. */
export type Unfit = 'nothing' | 'missing' | 'certificate-unread' | 'key-unread';
export const unfit = { certificate: 'certificate-unread', key: 'key-unread' } as const;

/** What is asked of the device, or why nothing is. @param address undefined where it stays as it is */
export async function wishOf(
  address: string | undefined,
  choice: Choice,
  files: { readonly certificate: File | null; readonly key: File | null },
): Promise<WebWish | Unfit> {
  const where = address === undefined ? {} : { address: address.slice(0, 60) };
  if (choice === 'own') return { ...where, certificate: 'own' };
  if (choice === 'stays') return address === undefined ? 'nothing' : where;
  if (!files.certificate || !files.key) return 'missing';
  // A browser reads a file only as it was when it was chosen: one that was written again or removed since is refused.
  const certificate = await files.certificate.text().catch(() => undefined);
  if (certificate === undefined) return unfit.certificate;
  const key = await files.key.text().catch(() => undefined);
  if (key === undefined) return unfit.key;
  return { ...where, certificate: { certificate, key } };
}
