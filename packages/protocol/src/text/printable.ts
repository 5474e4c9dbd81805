/**
 * Makes a foreign string safe for a terminal, a log or a page: control characters (C0, C1, DEL), bidirectional and
 * invisible controls, and lone surrogates become U+FFFD; what is longer than `maxLength` UTF-16 units ends in "…".
 * Line breaks and tabs are control characters too: a foreign string never makes a line of its own.
 */
export function printable(text: string, maxLength = 200): string {
  const clean = text
    .slice(0, maxLength + 1)
    .toWellFormed()
    .replace(
      /[\p{Cc}\p{Zl}\p{Zp}\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu,
      '\ufffd',
    );
  return clean.length > maxLength ? `${clean.slice(0, maxLength - 1).toWellFormed()}…` : clean;
}
