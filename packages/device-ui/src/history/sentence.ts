/** A sentence of the catalogue in pieces: words of ours, and what others chose, which is shown as such. */
export type Piece = { readonly own: string } | { readonly foreign: string };

/** Words of ours for the values of a field. */
export type Values = { readonly [field: string]: { readonly [value: string]: string } };

/** Puts fields into a sentence. What is missing leaves a gap in silence: an older entry may lack a field. */
export function piecesOf(
  sentence: string,
  fields: { readonly [name: string]: unknown },
  values: Values = {},
): Piece[] {
  const pieces: Piece[] = [];
  for (const [index, part] of sentence.split(/\{(\w+)\}/).entries()) {
    if (index % 2 === 0) {
      if (part !== '') pieces.push({ own: part });
      continue;
    }
    const value = own(fields, part);
    if (value === undefined) continue;
    const word = own(own(values, part), String(value));
    if (word !== undefined) pieces.push({ own: word });
    else pieces.push({ foreign: Array.isArray(value) ? value.join(', ') : String(value) });
  }
  return pieces;
}

const own = <Value>(
  record: { readonly [name: string]: Value } | undefined,
  name: string,
): Value | undefined => (record && Object.hasOwn(record, name) ? record[name] : undefined);

export const kinds = ['all', 'people', 'grant', 'administrators', 'device'] as const;
export type Kind = (typeof kinds)[number];

const prefixes: { readonly [kind in Exclude<Kind, 'all'>]: RegExp } = {
  people:
    /^(representative|session|channel|file|pairing|approval|ask|knock|entry|key|terminal|receipt|recording)-/,
  grant: /^(grant|password)-/,
  administrators: /^(administrator|sign|signed|settings|request)-/,
  device: /^(agent|connection|device|certificate|entries)-/,
};

/** What an entry is about, by the name of its event. */
export const kindOf = (event: string): Exclude<Kind, 'all'> =>
  (Object.keys(prefixes) as Exclude<Kind, 'all'>[]).find((kind) => prefixes[kind].test(event)) ?? 'device';
