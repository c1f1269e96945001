// What `/` shows where there is no demo: which models are served, what they take, and where to read on.
// Source: Open Inference Protocol (signatures of models). Plain HTML without scripts; colours as the page's.
// Names of models are the user's own text: they are escaped.

import { gatePage } from './indexGate.ts'
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
        `<code>${escaped(name)}</code> ${escaped(datatype)} <span>[${shape.map((n) => (n < 0 ? 'N' : n)).join(', ')}]</span>`,
    )
    .join('<br>')

/** How each is asked; the newest version of a model answers to its name. */
function examples(models: readonly Served[], origin: string, guarded: boolean): string {
  const commands = [...new Map(models.map((model) => [model.name, model])).values()].flatMap((model) => {
    const command = pastedExample(origin, model, guarded)
    return command ? [{ name: model.name, command }] : []
  })
  if (commands.length === 0) return ''
  return `<h2>Ask ${commands.length === 1 ? 'it' : 'them'}, in a shell</h2>
${guarded ? '<p>The shell’s variable <code>FROSTGLASS_TOKEN</code> holds the token.</p>\n' : ''}${commands
  .map(
    ({ name, command }) =>
      `<pre tabindex="0" aria-label="A question to ${escaped(name)}"><code>${escaped(command)}</code></pre>`,
  )
  .join('\n')}
`
}

/** What there is to read: links where a browser can follow them, which send no token. */
const readOn = (guarded: boolean): string =>
  [
    ['/openapi.json', 'The API', ' as an OpenAPI document'],
    ['/metrics', 'Metrics', ' for Prometheus; never a payload'],
    ['/v2/models/stats', 'What was asked', ': counts and times of each model'],
    ['/v2/health/ready', 'Ready?', ''],
  ]
    .map(([path, name, more]) =>
      guarded && path !== '/v2/health/ready'
        ? `<li><code>${path}</code> ${name}${more}</li>`
        : `<li><a href="${path}">${name}</a>${more}</li>`,
    )
    .join('\n')

/** The page of a service with a token, before it is given. */
export const guardedPage = (): string => gatePage(style)

/**
 * The page as HTML.
 * @param origin under which the reader sees it
 * @param guarded whether the service has a token: a link that is followed sends none
 */
export function servedPage(models: readonly Served[], origin: string, guarded = false): string {
  const nameOf = ({ name }: Served) =>
    guarded ? escaped(name) : `<a href="/v2/models/${encodeURIComponent(name)}">${escaped(name)}</a>`
  const rows = models.map(
    (model) =>
      `<tr><th scope="row">${nameOf(model)} ` +
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
<h1 tabindex="-1">${models.length === 1 ? 'One model' : `${models.length || 'No'} models`}, served</h1>
<p>The Open Inference Protocol (KServe V2) over HTTP: JSON or binary tensors.</p>
<div class="scroll"><table>
<thead><tr><th scope="col">Model</th><th scope="col">Takes</th><th scope="col">Gives</th></tr></thead>
<tbody>
${rows.join('\n') || '<tr><td colspan="3">none yet</td></tr>'}
</tbody>
</table></div>
${examples(models, origin, guarded)}<h2>Read on${guarded ? ', by the same header' : ''}</h2>
<ul>
${readOn(guarded)}
<li>See what a pane hides of a digit: <code>frostglass serve --demo</code></li>
</ul>
</main>
</body>
</html>
`
}

const style = `
:root { --paper: #eef2f3; --sheet: #f9fbfb; --ink: #0f1a1f; --soft: #46565d; --line: #cfd9dc; --pane: #0a6570; --warn: #a03c17 }
@media (prefers-color-scheme: dark) { :root { --paper: #0c1215; --sheet: #131b1f; --ink: #e9f0f2; --soft: #a3b3b9; --line: #2a373d; --pane: #6fc7d0; --warn: #f2976f } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 -apple-system, "Segoe UI", Roboto, "Liberation Sans", system-ui, sans-serif }
main { max-width: 52rem; margin: 0 auto; padding: 1.5rem clamp(1rem, 4vw, 2rem) 4rem }
.wordmark { margin: 0 0 2rem; font-weight: 600 }
h1 { margin: 0 0 .5rem; font: 400 clamp(2rem, 6vw, 3rem)/1.1 "Iowan Old Style", "Palatino Linotype", P052, Palatino, Georgia, "Liberation Serif", serif; letter-spacing: -.02em }
h2 { margin: 2rem 0 .5rem; font-size: 1rem }
p { color: var(--soft); margin: 0 0 1.5rem }
.wordmark { color: var(--ink) }
pre { margin: 0 0 .75rem; user-select: all; -webkit-user-select: all }
td span { white-space: nowrap }
pre { white-space: pre-wrap; overflow-wrap: anywhere }
li { padding: .15rem 0 }
li a, th a { display: inline-block; min-height: 1.5rem }
.scroll, pre { overflow-x: auto; padding: .5rem 1rem; border: 1px solid var(--line); border-radius: .75rem; background: var(--sheet) }
table { width: 100%; border-collapse: collapse }
th, td { padding: .5rem .75rem .5rem 0; text-align: left; vertical-align: top }
tbody tr + tr > * { border-top: 1px solid var(--line) }
thead, small { color: var(--soft); font-size: .8125rem; font-weight: 400 }
code { font: .875em "SF Mono", Menlo, "Liberation Mono", monospace }
label { display: block; margin-bottom: .25rem; font-weight: 600 }
input, button { min-height: 2.75rem; margin: 0 .25rem .5rem 0; padding: .25rem .75rem; border: 1px solid var(--soft); border-radius: .6rem; background: var(--sheet); color: inherit; font: inherit }
input { width: min(100%, 24rem) }
button { border-color: var(--ink); background: var(--ink); color: var(--paper); font-weight: 600; cursor: pointer }
#refused { min-height: 1.5rem; color: var(--warn) }
h1:focus { outline: none }
a { color: var(--pane); text-underline-offset: .2em }
:focus-visible { outline: 3px solid var(--pane); outline-offset: 2px }
`
