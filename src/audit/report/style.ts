// The style of the report's page: light and dark, screen, phone and paper.
// Source: WCAG 2.2 (contrast 4.5 for text, 3 for lines; no colour alone); prefers-color-scheme.
// System fonts only: the page loads nothing.

const light = `
  --paper: #ffffff; --card: #f5f7f9; --ink: #1a1f24; --quiet: #505b66; --line: #d5dbe1; --grid: #e3e7eb;
  --bad: #a3211a; --bad-card: #fdeeec; --bad-line: #e3a8a2; --good: #17623a; --good-card: #e9f6ee; --good-line: #a3cfb4;
  --series-0: #b3331b; --series-1: #0b63a5; --series-2: #007053; --series-3: #6f46ad; --series-4: #7d6000; --series-5: #ab2b67; 
  --track: #dfe4e9; --bar: #0b63a5;`

const dark = `
  --paper: #12161a; --card: #1b2127; --ink: #e8ebee; --quiet: #a9b4be; --line: #38424c; --grid: #29323a;
  --bad: #ffa79e; --bad-card: #371c1a; --bad-line: #7c3b35; --good: #86dba7; --good-card: #14301f; --good-line: #2f6a47;
  --series-0: #ff8f73; --series-1: #6cb8f0; --series-2: #4ccfa8; --series-3: #c0a2f7; --series-4: #dcb94f; --series-5: #ff93c0; 
  --track: #323c45; --bar: #6cb8f0;`

/** How many colours there are for curves, `--series-0` on; the first is the best attack's. */
export const seriesColours = 6

/** The one style sheet of the page. */
export const styleSheet = `
:root { color-scheme: light dark; ${light} }
@media (prefers-color-scheme: dark) { :root { ${dark} } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", Helvetica, Arial, sans-serif; }
header, main, footer { max-width: 56rem; margin: 0 auto; padding: 0 1.25rem; overflow-wrap: break-word; }
header { padding-top: 2rem; }
footer { padding-bottom: 3rem; color: var(--quiet); font-size: .9rem; }
h1 { font-size: 1rem; font-weight: 600; margin: 0; color: var(--quiet); letter-spacing: .02em; }
h2 { font-size: 1.4rem; line-height: 1.25; margin: 3rem 0 .75rem; }
h3 { font-size: 1.1rem; line-height: 1.3; margin: 0; }
p { margin: .5rem 0; max-width: 46rem; }
a { color: inherit; }
a:focus-visible, summary:focus-visible, .scroll:focus-visible { outline: 3px solid var(--bar); outline-offset: 2px; }
.quiet { color: var(--quiet); }
.small { font-size: .875rem; }
data { font-variant-numeric: tabular-nums; }

.verdict { margin: 1rem 0; padding: 1.25rem 1.5rem; border: 1px solid; border-left-width: 8px; border-radius: 8px; }
.verdict.broken { background: var(--bad-card); border-color: var(--bad-line); border-left-color: var(--bad); }
.verdict.held { background: var(--good-card); border-color: var(--good-line); border-left-color: var(--good); }
.verdict h2 { margin: 0 0 .35rem; font-size: 1.05rem; }
.verdict p { margin: 0; line-height: 1.45; }
.verdict p.headline { margin-bottom: .5rem; font-size: 1.45rem; line-height: 1.3; font-weight: 600; }
.broken h2, .status-broken { color: var(--bad); }
.held h2, .status-held { color: var(--good); }
.status-broken, .status-held, .status-none { font-weight: 600; white-space: nowrap; }
.owner { border-left: 3px solid var(--line); padding-left: .9rem; color: var(--quiet); }

nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; padding: 0; margin: 1rem 0 0; font-size: .925rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.25rem, 1fr)); gap: .75rem; margin: 1rem 0; padding: 0; }
.facts > div { background: var(--card); border-radius: 8px; padding: .7rem .9rem; }
.facts dt { color: var(--quiet); font-size: .85rem; line-height: 1.35; }
.facts dd { margin: 0; font-size: 1.5rem; line-height: 1.3; font-weight: 600; }
.facts dd.range { font-size: 1.05rem; line-height: 1.95rem; white-space: nowrap; }

/* One attribute between its attacks and its certificate. */
.bracket { margin: 1.75rem 0 2.5rem; }

/* A dial: a radio group of which the checked stop alone shows what it tells. */
.dial { display: flex; flex-wrap: wrap; gap: .5rem; margin: 1rem 0 .5rem; }
.dial input { position: absolute; opacity: 0; width: 1px; height: 1px; }
.dial label { display: grid; grid-auto-flow: column; gap: .35rem; place-items: center; min-width: 3.25rem; min-height: 2.75rem; padding: 0 .75rem; border: 2px solid var(--line); border-radius: 8px; cursor: pointer; font-weight: 600; }
.dial input:checked + label { border-color: var(--bar); background: var(--card); }
.dial input:focus-visible + label { outline: 3px solid var(--bar); outline-offset: 2px; }
.dial .told { display: none; order: 1; flex-basis: 100%; border: 2px solid var(--line); border-radius: 8px; padding: .25rem 1rem .75rem; }
.dial .estimated { border-style: dashed; }
.dial input:checked + label + .told { display: block; }

.advice { padding-left: 1.4rem; }
.advice li { margin: .6rem 0; max-width: 46rem; }
.advice strong { display: block; }

.rules { list-style: none; padding: 0; }
.rules li { border-top: 1px solid var(--line); padding: .8rem 0; }
.rules .head { display: flex; gap: 1rem; justify-content: space-between; align-items: baseline; }
.rules h3 { font-size: 1rem; }
.rules p { margin: .2rem 0; }
.about { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: .75rem 0; }
.about dt { color: var(--quiet); }
.about dd { margin: 0; overflow-wrap: anywhere; }

.attack { border: 1px solid var(--line); border-radius: 8px; padding: 1rem 1.25rem 1.1rem; margin: 1rem 0; }
.attack ul { margin: .5rem 0; padding-left: 1.2rem; max-width: 46rem; }

.scroll { overflow-x: auto; margin: .75rem 0; }
table { border-collapse: collapse; width: 100%; font-size: .925rem; }
caption { text-align: left; color: var(--quiet); padding-bottom: .35rem; }
th, td { text-align: right; vertical-align: top; padding: .4rem .6rem; border-top: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
td:last-child, th:last-child { padding-right: 0; }
th.name { text-align: left; }
.covered th, .covered td { text-align: left; font-size: .8rem; min-width: 6.4rem; padding: .35rem .4rem; }
.covered td.empty { color: var(--quiet); background: var(--card); }
tr.drawing td { padding: 0 0 .5rem; }
.metrics tr + tr > * { border-top: 0; padding-top: 0; }
.metrics th[colspan] { padding-bottom: 0; }
.metrics td { width: 25%; }
thead th { border-top: 0; color: var(--quiet); font-weight: 600; font-size: .85rem; vertical-align: bottom; }
tbody th { font-weight: 600; overflow-wrap: anywhere; min-width: 9.5rem; }
td.name { text-align: left; overflow-wrap: anywhere; min-width: 8rem; }

.bar { display: block; width: 100%; height: 14px; margin: .3rem 0 .1rem; overflow: visible; }
.bar .track { fill: var(--track); }
.bar .range { fill: var(--bar); opacity: .45; }
.bar .value { fill: var(--bar); }
.bar .chance { stroke: var(--ink); stroke-width: 2; stroke-dasharray: 2 2; }
.bar .baseline { stroke: var(--ink); stroke-width: 2; }
.bar .ceiling { stroke: var(--bad); stroke-width: 3; }
.key { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; list-style: none; padding: 0; margin: .5rem 0; font-size: .875rem; color: var(--quiet); }
.key svg { width: 26px; height: 14px; vertical-align: -2px; margin-right: .4rem; display: inline-block; }

figure { margin: 1rem 0; }
figure svg.marks { display: block; max-width: 100%; height: auto; }
figure img.sheet { display: block; max-width: 100%; height: auto; border-radius: 4px; image-rendering: pixelated; }
.pictures { display: flex; flex-wrap: wrap; gap: 0 1.25rem; }
.pictures figure { margin: .75rem 0 .25rem; min-width: 0; }
figcaption { color: var(--quiet); font-size: .9rem; max-width: 46rem; }
.narrow { display: none; }
details { margin: .6rem 0 0; }
summary { cursor: pointer; }

@media (max-width: 40rem) {
  header, main, footer { padding-left: 1rem; padding-right: 1rem; }
  header { padding-top: 1.25rem; }
  .verdict { padding: 1rem 1.1rem; }
  .verdict p.headline { font-size: 1.2rem; }
  .attack { padding: .9rem 1rem; }
  th, td { padding: .35rem .35rem; }
  table { font-size: .875rem; }
  tbody th, td.name { min-width: 9rem; }
  .wide { display: none; }
  .narrow { display: block; }
  .about { grid-template-columns: 1fr; }
  .about dd { margin-bottom: .4rem; }
  .facts dd.range { font-size: .925rem; }
  .metrics td data { white-space: nowrap; }
}
@media print {
  :root { ${light} }
  html { font-size: 10pt; }
  body { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  header, main, footer { max-width: none; padding: 0; }
  nav { display: none; }
  .attack, .verdict, figure, .advice li, .rules li, tr { break-inside: avoid; }
  h2, h3, caption { break-after: avoid; }
  h2 { margin-top: 1.6rem; }
  .scroll { overflow: visible; }
  details::details-content { content-visibility: visible; height: auto; }
  summary { list-style: none; font-weight: 600; }
}
`
