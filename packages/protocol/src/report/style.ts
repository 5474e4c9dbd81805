/** The style of a report: one column, readable on a phone, in the dark, and on paper (A4). Asks for nothing outside. */
export const style = `
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6675; --line: #d9dee5; --paper: #fff; --panel: #f5f7f9; --accent: #0b6bcb; --bad: #b3261e; --good: #1a7f4b; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #9aa6b5; --line: #323b47; --paper: #14181d; --panel: #1c2229; --accent: #6db3ff; --bad: #ff8a80; --good: #67d39b; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 2rem 1.5rem 4rem; background: var(--paper); color: var(--ink); font: 0.95rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
header { border-bottom: 2px solid var(--accent); padding-bottom: 1rem; margin-bottom: 1.5rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 0.25rem; }
h2 { font-size: 1.1rem; margin: 2.25rem 0 0.6rem; }
header p, .soft { color: var(--soft); margin: 0.15rem 0; }
dl { display: grid; grid-template-columns: minmax(9rem, max-content) 1fr; gap: 0.35rem 1.25rem; margin: 0; padding: 1rem 1.25rem; background: var(--panel); border-radius: 0.5rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
th { text-align: start; color: var(--soft); font-weight: 600; font-size: 0.8rem; padding: 0.3rem 0.75rem 0.3rem 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
td { padding: 0.4rem 0.75rem 0.4rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: break-word; }
td.who { min-width: 10.5rem; overflow-wrap: anywhere; }
td.fixed { white-space: nowrap; font-variant-numeric: tabular-nums; }
code, .mono { font: 0.85em/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.kind { display: inline-block; font-size: 0.75rem; font-weight: 600; color: var(--soft); border: 1px solid var(--line); border-radius: 1rem; padding: 0 0.5rem; margin-inline-end: 0.4rem; white-space: nowrap; }
.kind.refused, .bad { color: var(--bad); }
.kind.refused { border-color: var(--bad); }
.good { color: var(--good); }
.day td { border-bottom: 0; padding-top: 1rem; font-weight: 600; }
footer { margin-top: 2.5rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--soft); font-size: 0.85rem; }
footer ul { padding-inline-start: 1.2rem; margin: 0.3rem 0; }
@media screen and (max-width: 46rem) {
  body { padding: 1.25rem 1rem 3rem; }
  dl { grid-template-columns: 1fr; gap: 0; padding: 0.75rem 1rem; }
  dd { margin-bottom: 0.6rem; }
  thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; white-space: nowrap; }
  table, tbody, tr, td { display: block; }
  tr { border-bottom: 1px solid var(--line); padding: 0.5rem 0; }
  td { border: 0; padding: 0.1rem 0; }
  td[data-label]::before { content: attr(data-label) ": "; color: var(--soft); }
  td:empty { display: none; }
  td.who { min-width: 0; }
}
@page { size: A4; margin: 16mm 14mm 18mm; }
@media print {
  :root { color-scheme: light; --ink: #000; --soft: #444; --line: #bbb; --paper: #fff; --panel: #f3f3f3; --accent: #000; --bad: #8c1d18; --good: #14532d; }
  body { max-width: none; padding: 0; font-size: 9.5pt; }
  td.who { min-width: 9rem; }
  h1 { font-size: 16pt; }
  h2 { font-size: 11.5pt; margin-top: 14pt; break-after: avoid; }
  tr, dl { break-inside: avoid; }
  thead { display: table-header-group; }
}
`;
