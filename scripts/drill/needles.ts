/** A secret, and the bytes by which it would be found wherever it was kept or copied. */
export type Needle = { readonly name: string; readonly forms: readonly Buffer[] };

/** Text as it is, in UTF-16, in hex, and in base64 wherever it may begin in a group of three. */
export function needleOf(name: string, ...texts: readonly string[]): Needle {
  const forms = texts.flatMap((text) => [
    text,
    Buffer.from(text, 'utf16le').toString('latin1'),
    Buffer.from(text).toString('hex'),
    ...(['base64', 'base64url'] as const).flatMap((form) => [0, 1, 2].map((at) => inside(text, form, at))),
  ]);
  return { name, forms: [...new Set(forms)].map((form) => Buffer.from(form, 'latin1')) };
}

/** Text as it is, and in no other form. */
export const plainNeedle = (name: string, text: string): Needle => ({ name, forms: [Buffer.from(text)] });

/** A one-time password: its digits, and as people write them. */
export function otpNeedle(grouped: string): Needle {
  const digits = grouped.replaceAll('-', '');
  return needleOf('the one-time password', digits, grouped, grouped.replaceAll('-', ' '));
}

/** The characters of base64 that depend on `text` alone when `before` bytes stand in front of it. */
function inside(text: string, form: 'base64' | 'base64url', before: number): string {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(text)]);
  const first = Math.ceil((before * 8) / 6);
  const last = Math.floor((bytes.length * 8) / 6);
  return bytes.toString(form).slice(first, last);
}

/**
 * Whether a needle is in these bytes. Digits count only where no digit stands beside them: times and counters are full of
 * nine digits in a row.
 */
export function isIn(bytes: Buffer, { forms }: Needle): boolean {
  return forms.some((form) => {
    for (let at = bytes.indexOf(form); at >= 0; at = bytes.indexOf(form, at + 1)) {
      const alone = !isDigit(bytes[at - 1]) && !isDigit(bytes[at + form.length]);
      if (alone || !form.every(isDigit)) return true;
    }
    return false;
  });
}

/** How far apart two pieces may be cut so that no needle is lost between them. */
export function longest(needles: readonly Needle[]): number {
  return Math.max(1, ...needles.flatMap(({ forms }) => forms.map((form) => form.length)));
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;
