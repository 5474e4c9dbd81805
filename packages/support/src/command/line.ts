const plain = /^[\w@%+=:,./-]+$/;

/**
 * What the shell on the device is given for `exec PORT -- WORDS`. One word is a line for that shell, as it is: `-- 'ls | wc'`.
 * Of several, each arrives as it was given here, spaces and quotes included: `-- sh -c 'exit 7'`.
 */
export function commandLine(words: readonly string[]): string {
  const [first = '', ...others] = words;
  if (others.length === 0) return first;
  return words.map((word) => (plain.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
}
