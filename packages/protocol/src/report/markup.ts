import { printable } from '../text/index.ts';

/** HTML that was made here. Everything else is text, and is escaped. */
export type Markup = { readonly markup: string };

type Part = string | number | undefined | Markup | readonly Markup[];

/** The longest text of somebody else that a page shows whole, in characters. */
const longestText = 1_000;

/** Writes HTML: what stands in the template is markup, what is put into it is text unless it was made here, too. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const written = strings.map((piece, index) =>
    index === 0 ? piece : `${markupOf(parts[index - 1])}${piece}`,
  );
  return { markup: written.join('') };
}

/** What others chose, isolated from the direction of the text around it. */
export const foreign = (text: string | undefined): Markup =>
  text === undefined || text === '' ? html`–` : html`<bdi>${text}</bdi>`;

/** Writes it as it is: for what no template can write, such as the style. */
export const trusted = (markup: string): Markup => ({ markup });

function markupOf(part: Part): string {
  if (part === undefined) return '';
  if (typeof part === 'string') return escaped(printable(part, longestText));
  if (typeof part === 'number') return String(part);
  if ('markup' in part) return part.markup;
  return part.map(({ markup }) => markup).join('');
}

const names: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => names[character] ?? '');
