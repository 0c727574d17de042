/** Styles for phone, screen and paper, following the reader's light or dark theme. Loads nothing. */
export const STYLE = `
:root { color-scheme: light dark; --text: #1b1f24; --quiet: #57606a; --page: #f6f8fa; --card: #fff; --line: #d0d7de;
  --bar: #0a58ca; --link: #0a58ca; --alarm: #b3261e; --notice: #7d4e00; --calm: #57606a; --on: #fff; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6edf3; --quiet: #9aa4af; --page: #0d1117; --card: #161b22; --line: #30363d;
    --bar: #6ea8fe; --link: #8ab8ff; --alarm: #ff938a; --notice: #e3b341; --calm: #9aa4af; --on: #0d1117; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 75rem; padding: 1rem; background: var(--page); color: var(--text);
  font: 1rem/1.45 system-ui, sans-serif; overflow-wrap: anywhere; -webkit-text-size-adjust: 100%; }
h1 { margin: 0; font-size: 1.6rem; line-height: 1.2; }
h2 { margin: 1.5rem 0 .5rem; font-size: 1.1rem; }
h3 { margin: 0; font-size: 1.05rem; }
p { margin: .25rem 0; color: var(--quiet); }
a { color: var(--link); display: inline-block; min-width: 1.5rem; min-height: 1.5rem; }
strong { color: var(--text); font-size: 1.25rem; }
article, section > dl, table { margin: 0 0 .75rem; padding: .75rem 1rem; background: var(--card);
  border: 1px solid var(--line); border-radius: .5rem; }
:target { outline: 2px solid var(--link); outline-offset: -2px; }
.product { font-size: .9rem; }
.liveness { color: var(--text); font-weight: 600; }
.status, .mark { padding: .1rem .5rem; border-radius: 1rem; background: var(--calm); color: var(--on);
  font-size: .85rem; font-weight: 600; white-space: nowrap; }
.new { background: var(--alarm); }
.grown, .repeat, .mark { background: var(--notice); }
table { width: 100%; padding: .25rem .5rem; border-collapse: separate; border-spacing: 0; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .5rem; text-align: left; vertical-align: top; }
td { border-top: 1px solid var(--line); }
.source, .destination { min-width: 10rem; }
.total, .number { white-space: nowrap; }
.total { text-align: right; font-weight: 600; }
th, th.total { color: var(--quiet); font-weight: 400; }
h3 .number { color: var(--quiet); font-weight: 400; }
td.alert { font-family: ui-monospace, monospace; font-size: .85rem; }
figure { margin: .5rem 0; }
svg { display: block; width: 100%; height: 3.5rem; border-bottom: 1px solid var(--line); fill: var(--bar); }
path { fill: none; stroke: var(--line); vector-effect: non-scaling-stroke; }
.halo { stroke: var(--card); stroke-width: 6; }
.crossing { stroke: var(--alarm); stroke-width: 2; stroke-dasharray: 5 2; }
figcaption { color: var(--quiet); font-size: .8rem; }
.axis { display: grid; grid-template-columns: repeat(3, minmax(0, 4fr)) minmax(0, 1.6fr) minmax(0, 2.4fr); }
.axis > :nth-child(3) { grid-column: 3; }
.axis > :last-child { text-align: right; }
.whole, .axis > span { white-space: nowrap; }
dl { margin: 0; font-variant-numeric: tabular-nums; }
dl > div { display: grid; grid-template-columns: 9rem minmax(0, 1fr); gap: 0 1rem; padding: .1rem 0; }
.legend dl > div { grid-template-columns: 5rem minmax(0, 1fr); }
dt { color: var(--quiet); }
dd { margin: 0; }
ul { margin: 0; padding: 0; list-style: none; }
summary { cursor: pointer; }
@media (max-width: 40rem) {
  body { padding: .75rem; }
  table, thead, tbody { display: block; }
  tr { display: grid; grid-template-columns: 2.5rem minmax(0, 1fr) auto; gap: 0 .5rem; padding: .4rem 0; }
  tbody tr { border-top: 1px solid var(--line); }
  th, td { padding: 0; border: 0; grid-column: 2 / span 2; min-width: 0; }
  .number { grid-area: 1 / 1 / span 2; }
  .source { grid-area: 1 / 2; }
  .destination::before { content: "\\2192\\a0"; color: var(--quiet); }
  .total { grid-area: 1 / 3; }
  td.alert:empty, td.owner:empty { display: none; }
}
@media (max-width: 30rem), print {
  .axis > :nth-child(even) { display: none; }
  .axis > :first-child { grid-column: 1 / span 2; }
  .axis > :last-child { grid-column: 4 / span 2; }
}
@media (max-width: 30rem) {
  figcaption { font-size: .75rem; }
  dl > div { grid-template-columns: 6rem minmax(0, 1fr); gap: 0 .5rem; font-size: .95rem; }
  dl > div:has(ul) { grid-template-columns: minmax(0, 1fr); }
}
@media (min-width: 60rem), print {
  td.alert { white-space: nowrap; }
  .legend dl { display: grid; grid-template-columns: 1fr 1fr; gap: 0 2rem; }
  article, .about { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 0 2rem; }
  article { grid-template-rows: auto 1fr; }
  article dl { grid-column: 2; grid-row: 1 / span 2; }
}
@media print {
  :root { color-scheme: light; --text: #000; --quiet: #444; --page: #fff; --card: #fff; --line: #bbb;
    --bar: #0a58ca; --link: #0a58ca; --alarm: #b3261e; --notice: #7d4e00; --calm: #57606a; --on: #fff; }
  html { font-size: 9pt; }
  body { padding: 0; }
  article, tr, figure, .legend, .about > section, dl > div:not(:has(ul)) { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  th, td { padding: .1rem .4rem; }
  .source, .destination, .owner { min-width: 8rem; }
  a { min-height: 0; }
  ul, li { display: inline; }
  li:not(:last-child)::after, ul:has(+ details) > li::after { content: ","; }
  details { display: inline; }
  article:has(details) { display: block; }
  summary { display: none; }
  .status, .mark, svg { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  details::details-content { content-visibility: visible; block-size: auto; display: inline; }
}
`;
