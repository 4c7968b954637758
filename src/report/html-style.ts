/** The style sheet of the HTML report: light or dark as the reader has it, and plain on paper. */
export const HTML_STYLE = `
:root {
  color-scheme: light dark;
  --text: #1f2328; --dim: #59636e; --page: #ffffff; --box: #f6f8fa; --line: #d1d9e0; --link: #0550ae;
  --error: #c4232b; --warning: #9a6700; --info: #0969da; --good: #1a7f37;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e6edf3; --dim: #9aa4af; --page: #0d1117; --box: #161b22; --line: #3d444d; --link: #79b8ff;
    --error: #ff7b72; --warning: #d9a83b; --info: #6cb6ff; --good: #57c26b;
  }
}
* { box-sizing: border-box; }
body {
  background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif; margin: 0; overflow-wrap: anywhere;
  padding: 0 24px 48px;
}
main { margin: 0 auto; max-width: 1000px; }
h1, h2, h3 { font-weight: 600; line-height: 1.3; margin: 24px 0 6px; }
h1 { font-size: 1.8em; } h2 { font-size: 1.25em; } h3 { font-size: 1em; }
header .headline { font-size: 1.15em; font-weight: 600; margin: 6px 0; }
h1, header h2 { align-items: center; display: flex; gap: 10px; }
article + article { border-top: 2px solid var(--line); margin-top: 40px; }
p { margin: 4px 0; }
a { color: var(--link); }
code, pre, .pid, .rule { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: 0.92em; }
code { white-space: pre-wrap; }
code.block { display: block; margin-top: 4px; }
pre { background: var(--box); border-radius: 4px; margin: 0; padding: 8px 12px; white-space: pre-wrap; }
.dim, .path, dt, footer { color: var(--dim); }
footer { margin-top: 40px; }
.verdict-icon {
  fill: none; flex: none; height: 1.1em; stroke: currentColor; stroke-linecap: round; stroke-linejoin: round; stroke-width: 2;
  vertical-align: -0.15em; width: 1.1em;
}
.verdict-malicious .verdict-icon { color: var(--error); }
.verdict-suspicious .verdict-icon { color: var(--warning); }
.verdict-inconclusive .verdict-icon { color: var(--info); }
.verdict-clean .verdict-icon { color: var(--good); }
.severity-critical, .severity-high { --tone: var(--error); }
.severity-medium { --tone: var(--warning); }
.severity-low, .severity-info { --tone: var(--info); }
.facts { display: grid; gap: 3px 16px; grid-template-columns: max-content minmax(0, 1fr); margin: 12px 0; }
dd { margin: 0; }
.frames, .facts ul { margin: 0; padding-left: 18px; }
.finding { background: var(--box); border-left: 3px solid var(--tone); border-radius: 4px; margin: 6px 0; padding: 0 14px; }
.finding[open] { padding-bottom: 12px; }
summary { cursor: pointer; padding: 6px 0; }
.finding > summary { align-items: baseline; display: flex; flex-wrap: wrap; gap: 0 10px; }
.finding .title { flex: 1 1 14em; font-weight: 600; min-width: 0; }
.steps { margin: 4px 0; padding-left: 24px; }
.when, .also { font-size: 0.9em; margin-left: 10px; }
.talk { background: var(--box); border-left: 3px solid var(--tone, var(--line)); border-radius: 4px; margin: 6px 0; padding: 0 14px; }
.talk[open] { padding-bottom: 12px; }
.talk .head { align-items: baseline; display: flex; flex-wrap: wrap; gap: 0 10px; padding: 6px 0; }
.talk .title { flex: 1 1 16em; font-family: ui-monospace, Menlo, Consolas, monospace; font-size: 0.92em; min-width: 0; }
.talk .chip, .process .own { border: 1px solid var(--dim); margin-right: 0; }
.process .own { color: var(--dim); }
.stolen { color: var(--error); font-weight: 600; }
.code { counter-reset: line; margin: 8px 0; white-space: normal; }
.code-line { display: block; padding-left: 3.5em; position: relative; white-space: pre-wrap; }
.code-line::before {
  color: var(--dim); content: counter(line); counter-increment: line; left: 0; position: absolute; text-align: right; width: 2.5em;
}
.code-keyword { color: var(--link); }
.code-string { color: var(--good); }
.code-number { color: var(--warning); }
.code-comment { color: var(--dim); font-style: italic; }
.attack-chain { border-left: 3px solid var(--tone); margin: 12px 0; padding-left: 14px; }
.attack-chain h3 { margin-top: 0; }
.chip { border: 1px solid var(--tone); border-radius: 4px; font-size: 0.85em; margin-right: 6px; padding: 0 6px; }
.where { display: block; font-size: 0.9em; }
.processes { list-style: none; margin: 0; padding-left: 0; }
.processes .processes { border-left: 1px solid var(--line); margin-left: 5px; padding-left: 20px; }
.process > * + * { margin-left: 10px; }
.suppressed { padding-left: 18px; }
.chart { margin: 8px 0; }
.chart svg { display: block; height: auto; max-width: 100%; }
.chart text { fill: var(--dim); font: 11px system-ui, sans-serif; }
.lane, .branch { fill: none; stroke: var(--line); }
.mark { fill: var(--tone, var(--dim)); }
table { border-collapse: collapse; width: 100%; }
th { overflow-wrap: break-word; text-align: left; }
.sides table { table-layout: fixed; }
.sides th:first-child { width: 8.5em; }
th, td { border-bottom: 1px solid var(--line); padding: 4px 12px 4px 0; vertical-align: top; }
.number, .word { font-variant-numeric: tabular-nums; white-space: nowrap; }
.sr-only { clip-path: inset(50%); height: 1px; overflow: hidden; position: absolute; white-space: nowrap; width: 1px; }
@media (max-width: 900px) { .talk .head .dim { flex-basis: 100%; } }
@media (max-width: 600px) {
  .facts { grid-template-columns: minmax(0, 1fr); }
  .when, .also { display: block; margin-left: 0; }
  .finding, .talk { padding: 0 10px; }
  .code-line { padding-left: 2.5em; }
  .code-line::before { width: 1.8em; }
  th, td { font-size: 0.9em; overflow-wrap: anywhere; padding-right: 6px; }
  body { padding: 0 12px 32px; }
}
@media print {
  :root {
    --text: #000000; --dim: #444444; --page: #ffffff; --box: #ffffff; --line: #999999; --link: #000000;
    --error: #a40e26; --warning: #7d4e00; --info: #0550ae; --good: #116329;
  }
  body { font-size: 10pt; padding: 0; }
  details::details-content { content-visibility: visible; display: block; height: auto; }
  .finding, .attack-chain, .talk, tr { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
}
`;
