/** Styles for phone, screen and paper, following the reader's light or dark theme. Loads nothing. */
export const STYLE = `
:root { color-scheme: light dark; --text: #1b1f24; --quiet: #57606a; --page: #f6f8fa; --card: #fff; --line: #d0d7de;
  --bar: #0a58ca; --alarm: #b3261e; --notice: #7d4e00; --calm: #57606a; --on: #fff; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6edf3; --quiet: #9aa4af; --page: #0d1117; --card: #161b22; --line: #30363d;
    --bar: #6ea8fe; --alarm: #ff938a; --notice: #e3b341; --calm: #9aa4af; --on: #0d1117; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 75rem; padding: 1rem; background: var(--page); color: var(--text);
  font: 1rem/1.45 system-ui, sans-serif; overflow-wrap: anywhere; -webkit-text-size-adjust: 100%; }
h1 { margin: 0; font-size: 1.6rem; line-height: 1.2; }
h2 { margin: 1.5rem 0 .5rem; font-size: 1.1rem; }
h3 { margin: 0; font-size: 1.05rem; }
p { margin: .25rem 0; color: var(--quiet); }
strong { color: var(--text); font-size: 1.25rem; }
article, section > dl { margin: 0 0 .75rem; padding: .75rem 1rem; background: var(--card);
  border: 1px solid var(--line); border-radius: .5rem; }
.status, .mark { padding: .1rem .5rem; border-radius: 1rem; background: var(--calm); color: var(--on);
  font-size: .85rem; font-weight: 600; white-space: nowrap; }
.new { background: var(--alarm); }
.grown, .repeat, .mark { background: var(--notice); }
figure { margin: .5rem 0; }
svg { display: block; width: 100%; height: 3rem; border-bottom: 1px solid var(--line); fill: var(--bar); }
figcaption { display: flex; justify-content: space-between; gap: .5rem; color: var(--quiet); font-size: .8rem;
  text-align: center; }
.whole { white-space: nowrap; }
dl { margin: 0; font-variant-numeric: tabular-nums; }
dl > div { display: grid; grid-template-columns: 9rem minmax(0, 1fr); gap: 0 1rem; padding: .1rem 0; }
dt { color: var(--quiet); }
dd { margin: 0; }
ul { margin: 0; padding: 0; list-style: none; }
summary { cursor: pointer; }
@media (max-width: 30rem) {
  body { padding: .75rem; }
  figcaption { font-size: .75rem; }
  dl > div { grid-template-columns: 6rem minmax(0, 1fr); gap: 0 .5rem; font-size: .95rem; }
  dl > div:has(ul) { grid-template-columns: minmax(0, 1fr); }
}
@media (min-width: 60rem) {
  article, .about { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 0 2rem; }
  article { grid-template-rows: auto auto 1fr; }
  article dl { grid-column: 2; grid-row: 1 / span 3; }
}
@media print {
  :root { color-scheme: light; --text: #000; --quiet: #444; --page: #fff; --card: #fff; --line: #bbb;
    --bar: #0a58ca; --alarm: #b3261e; --notice: #7d4e00; --calm: #57606a; --on: #fff; }
  body { padding: 0; font-size: 10pt; }
  article { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  .status, .mark, svg { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
`;
