import { createHash } from 'node:crypto';

/** Bytes of one name on the usual file systems. */
const longestName = 255;

/**
 * Whether a name that the device gave is one name in one folder. What it sends is hostile input here: a slash, `..` or an
 * empty name would leave the target folder; a NUL would end it early. On Windows more characters have a meaning.
 */
export function isPlainName(
  name: string | undefined,
  platform: NodeJS.Platform = process.platform,
): name is string {
  if (name === undefined || name === '' || name === '.' || name === '..') return false;
  if (/[/\0]/.test(name) || Buffer.byteLength(name) > longestName) return false;
  return platform !== 'win32' || !/[<>:"\\|?*]|[. ]$|^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i.test(name);
}

const suffix = '.sallyport-part';

/** The name, beside the target, of what has been copied so far. One that would be too long is replaced by its hash. */
export function partName(name: string): string {
  const whole = `.${name}${suffix}`;
  if (Buffer.byteLength(whole) <= longestName) return whole;
  return `.${createHash('sha256').update(name).digest('hex').slice(0, 32)}${suffix}`;
}
