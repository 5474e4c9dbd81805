/** The bits of a mask as people write it: `24`, `/24` or `255.255.255.0`. Undefined if it is none. */
export function prefixOf(text: string): number | undefined {
  const plain = /^\/?(\d{1,2})$/.exec(text.trim())?.[1];
  if (plain !== undefined) return inBounds(Number(plain));
  const parts = text.trim().split('.');
  if (parts.length !== 4 || parts.some((part) => !/^\d{1,3}$/.test(part) || Number(part) > 255))
    return undefined;
  const bits = parts.map((part) => Number(part).toString(2).padStart(8, '0')).join('');
  return /^1*0*$/.test(bits) ? inBounds(bits.indexOf('0') < 0 ? 32 : bits.indexOf('0')) : undefined;
}

const inBounds = (prefix: number): number | undefined => (prefix >= 1 && prefix <= 30 ? prefix : undefined);

/** A mask as routers show it: `255.255.255.0` for 24. */
export function maskOf(prefix: number): string {
  const bits = '1'.repeat(prefix).padEnd(32, '0');
  return [0, 8, 16, 24].map((at) => Number.parseInt(bits.slice(at, at + 8), 2)).join('.');
}
