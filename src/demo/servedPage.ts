// What `/` shows where there is no demo: which models are served, what they take, and where to read on.
// Source: Open Inference Protocol (signatures of models). Plain HTML without scripts; colours as the page's.
// Names of models are the user's own text: they are escaped.

import { pastedExample } from './pastedExample.ts'

/** A model as the page tells of it. */
export interface Served {
  readonly name: string
  readonly version: string
  readonly inputs: readonly Signature[]
  readonly outputs: readonly Signature[]
}

interface Signature {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
}

const escaped = (text: string) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)

const tensors = (all: readonly Signature[]) =>
  all
    .map(
      ({ name, datatype, shape }) =>
        `<code>${escaped(name)}</code> ${escaped(datatype)} [${shape.map((n) => (n < 0 ? 'N' : n)).join(', ')}]`,
    )
    .join('<br>')

/** How each is asked; the newest version of a model answers to its name. */
function examples(models: readonly Served[], origin: string): string {
  const commands = [...new Map(models.map((model) => [model.name, model])).values()].flatMap((model) => {
    const command = pastedExample(origin, model)
    return command ? [{ name: model.name, command }] : []
  })
  if (commands.length === 0) return ''
  return `<h2>Ask ${commands.length === 1 ? 'it' : 'them'}, in a shell</h2>
${commands
  .map(
    ({ name, command }) =>
      `<pre tabindex="0" aria-label="A question to ${escaped(name)}"><code>${escaped(command)}</code></pre>`,
  )
  .join('\n')}
`
}

/** The page as HTML. @param origin under which the reader sees it */
export function servedPage(models: readonly Served[], origin: string): string {
  const rows = models.map(
    (model) =>
      `<tr><th scope="row"><a href="/v2/models/${encodeURIComponent(model.name)}">${escaped(model.name)}</a> ` +
      `<small>version ${escaped(model.version)}</small></th><td>${tensors(model.inputs)}</td><td>${tensors(model.outputs)}</td></tr>`,
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Frostglass: models served</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<main>
<p class="wordmark">Frostglass</p>
<h1>${models.length === 1 ? 'One model' : `${models.length || 'No'} models`}, served</h1>
<p>The Open Inference Protocol (KServe V2) over HTTP: JSON or binary tensors.</p>
<div class="scroll"><table>
<thead><tr><th scope="col">Model</th><th scope="col">Takes</th><th scope="col">Gives</th></tr></thead>
<tbody>
${rows.join('\n') || '<tr><td colspan="3">none yet</td></tr>'}
</tbody>
</table></div>
${examples(models, origin)}<h2>Read on</h2>
<ul>
<li><a href="/openapi.json">The API</a> as an OpenAPI document</li>
<li><a href="/metrics">Metrics</a> for Prometheus; never a payload</li>
<li><a href="/v2/models/stats">What was asked</a>: counts and times of each model</li>
<li><a href="/v2/health/ready">Ready?</a></li>
<li>See what a pane hides of a digit: <code>frostglass serve --demo</code></li>
</ul>
</main>
</body>
</html>
`
}

const style = `
:root { --paper: #eef2f3; --sheet: #f9fbfb; --ink: #0f1a1f; --soft: #46565d; --line: #cfd9dc; --pane: #0a6570 }
@media (prefers-color-scheme: dark) { :root { --paper: #0c1215; --sheet: #131b1f; --ink: #e9f0f2; --soft: #a3b3b9; --line: #2a373d; --pane: #6fc7d0 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 -apple-system, "Segoe UI", Roboto, "Liberation Sans", system-ui, sans-serif }
main { max-width: 52rem; margin: 0 auto; padding: 1.5rem clamp(1rem, 4vw, 2rem) 4rem }
.wordmark { margin: 0 0 2rem; font-weight: 600 }
h1 { margin: 0 0 .5rem; font: 400 clamp(2rem, 6vw, 3rem)/1.1 "Iowan Old Style", "Palatino Linotype", P052, Palatino, Georgia, "Liberation Serif", serif; letter-spacing: -.02em }
h2 { margin: 2rem 0 .5rem; font-size: 1rem }
p { color: var(--soft); margin: 0 0 1.5rem }
.wordmark { color: var(--ink) }
pre { margin: 0 0 .75rem; user-select: all; -webkit-user-select: all }
li { padding: .15rem 0 }
li a, th a { display: inline-block; min-height: 1.5rem }
.scroll, pre { overflow-x: auto; padding: .5rem 1rem; border: 1px solid var(--line); border-radius: .75rem; background: var(--sheet) }
table { width: 100%; border-collapse: collapse }
th, td { padding: .5rem .75rem .5rem 0; text-align: left; vertical-align: top }
tbody tr + tr > * { border-top: 1px solid var(--line) }
thead, small { color: var(--soft); font-size: .8125rem; font-weight: 400 }
code { font: .875em "SF Mono", Menlo, "Liberation Mono", monospace }
a { color: var(--pane); text-underline-offset: .2em }
:focus-visible { outline: 3px solid var(--pane); outline-offset: 2px }
`
