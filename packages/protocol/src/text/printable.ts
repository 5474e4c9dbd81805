/** Emoji are written with these two; everything else that is drawn as nothing goes. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\ufff9-\ufffb[\p{Default_Ignorable_Code_Point}--[\ufe0e\ufe0f]]]/gv;

/**
 * Makes a foreign string safe for a terminal, a log or a page: control characters (C0, C1, DEL), bidirectional and
 * invisible controls, and lone surrogates become U+FFFD; what is longer than `maxLength` UTF-16 units ends in "…".
 * Line breaks and tabs are control characters too: a foreign string never makes a line of its own.
 */
export function printable(text: string, maxLength = 200): string {
  if (text.length <= maxLength) return text.toWellFormed().replace(unprintable, '\ufffd');
  const start = text.slice(0, maxLength - 1);
  // Half a pair at the cut is not the other side's doing.
  const whole = /[\ud800-\udbff]$/.test(start) ? start.slice(0, -1) : start;
  return `${whole.toWellFormed().replace(unprintable, '\ufffd')}…`;
}
