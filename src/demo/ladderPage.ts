// The page at `/codes`: turn the number of codes, and see what the service still answers and what anybody could tell at most.
// Source: src/audit/report (the dial and its style are those of the report on codes). Its script makes the dial a slider.
// All numbers are measured on this machine, when the page is first asked for.

import { encode } from 'fast-png'
import { escaped, shownFrom } from '../audit/report/html.ts'
import { pricePanel } from '../audit/report/pricePanel.ts'
import { styleSheet } from '../audit/report/style.ts'
import type { Ladder } from './codeLadder.ts'

/** While it is trained, or where that failed. @param share done, in 0 … 1 */
export const waitingPage = (share: number, failure?: string): string =>
  page(
    failure === undefined ? '<meta http-equiv="refresh" content="1">' : '',
    `<h1>Codes with a certificate</h1>
<p role="status">${failure === undefined ? `A pane is trained and certified on this machine: ${Math.round(100 * share)}% done. This page comes by itself.` : escaped(failure)}</p>`,
  )

/** The page. */
export function ladderPage(ladder: Ladder): string {
  const prices = {
    attributes: ['digit'],
    units: ladder.units,
    rows: ladder.rungs.map(({ codes, accuracy, information, estimate, upper }) => ({
      ...{ codes, accuracy, information, estimate, upper },
      certified: true,
    })),
  }
  const shown = shownFrom({ ladder, prices })
  const share = (name: string) => shown.number(`/ladder/${name}`, 'share')
  const count = (name: string) => shown.number(`/ladder/${name}`, 'count')
  return page(
    '<script src="/codes.js" defer></script>',
    `<h1>Codes with a certificate</h1>
<h2>What may leave is one of few numbers</h2>
<p>A service is to know whether a digit is <strong>odd or even</strong>, and not <strong>which digit</strong> it is. The pane sends one code. With two
codes that is the answer itself; more codes say how sure it is, and more of the digit. Turn the number of codes: what the service
still answers, and what <em>any</em> adversary can know at most, however it computes.</p>
${pricePanel(prices, shown, ladder, (row) => digitList(ladder, row))}
<p>Counted on ${count('units')} digits that nothing was learned from (${count('learned')} others taught the pane). Guessing blindly names
${share('blind')} of the digits; the answer alone tells ${share('floor')}, and no pane that gives it can hide that. Each limit is an average over such
digits, for one release, and is wrong with a chance of ${shown.text('/ladder/delta')}; all of them together with ${Number((ladder.delta * ladder.rungs.length).toPrecision(3))}.</p>
<p class="small">With your own data: <code>frostglass obfuscate train --kind code</code>, then <code>frostglass audit</code>. What a certificate
does not say: other attributes, a single rare person, several releases of one person, another population.
<a href="/">Back to the pane of obfuscated digits</a></p>`,
  )
}

/** What a rung makes of the shown digits. */
function digitList({ digits, rungs }: Ladder, row: number): string {
  const items = digits.map(({ digit, pixels }, d) => {
    const { code, labels } = rungs[row]!.read[d]!
    const [label, share] = labels[0]!
    const data = Buffer.from(
      encode({ width: 28, height: 28, channels: 1, data: Buffer.from(pixels, 'base64') }),
    ).toString('base64')
    return `<li><img alt="a ${escaped(digit)}" width="42" height="42" src="data:image/png;base64,${data}"><span>code <b>${code + 1}</b></span><span class="small quiet">${escaped(label)}, ${Math.round(100 * share)}%</span></li>`
  })
  return `<ul class="digits" aria-label="Digits, the code of each, and what the service reads in it">${items.join('')}</ul>`
}

const page = (head: string, main: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Frostglass: codes with a certificate</title>
<link rel="icon" href="data:,">
<style>${styleSheet}${style}</style>
${head}
</head>
<body>
<main>
${main}
</main>
</body>
</html>
`

const style = `
main { padding-top: 2rem; padding-bottom: 4rem; }
.digits { list-style: none; display: flex; flex-wrap: wrap; gap: .75rem; margin: 1rem 0 .25rem; padding: 0; }
.digits li { display: grid; justify-items: center; min-width: 4.25rem; }
.digits img { image-rendering: pixelated; border-radius: 4px; }
#codes { display: block; width: 100%; min-height: 2.75rem; margin: 1rem 0 0; accent-color: var(--bar); }
`

/** The script: a slider before the dial, which it turns. */
export const ladderScript = `const stops = [...document.querySelectorAll('.dial input')]
const slider = Object.assign(document.createElement('input'), { id: 'codes', type: 'range', min: 0, max: stops.length - 1 })
const follow = () => {
  const at = stops.findIndex((stop) => stop.checked)
  slider.value = at
  slider.setAttribute('aria-valuetext', stops[at].labels[0].querySelector('data').textContent + ' codes')
}
slider.setAttribute('aria-label', 'Number of codes')
slider.addEventListener('input', () => { stops[slider.value].checked = true; follow() })
for (const stop of stops) stop.addEventListener('change', follow)
document.querySelector('.dial').before(slider)
follow()
`
