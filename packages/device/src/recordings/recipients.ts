import { fail } from '@sallyport/runtime/errors';

/**
 * Recordings that nobody could encrypt would stay readable on the disk: who mistyped a recipient of age learns it at the
 * start, and not from the log.
 *
 * @param where the setting stands, for people
 * @throws config-value-invalid
 */
export async function mustBeRecipients(recipients: readonly string[], where: string): Promise<void> {
  if (recipients.length === 0) return;
  // Loaded only by who encrypts.
  const { Encrypter } = await import('age-encryption');
  const encrypter = new Encrypter();
  for (const recipient of recipients) {
    try {
      encrypter.addRecipient(recipient);
    } catch (cause) {
      const reason = `${recipient.slice(0, 20)}... is no recipient of age; a letter may be wrong`;
      throw fail('config-value-invalid', { details: { where, key: 'recordings.recipients', reason }, cause });
    }
  }
}
