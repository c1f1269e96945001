// The page's table of what was tried: adversaries down, parts of the release across, empty fields to be seen.
// Source: coverage.ts.
// It is of the attacks that were run on this file; the end of the page says which were not, and why.

import { holdingWords, partWords } from '../tables/coverage.ts'
import type { LeakReport } from '../tables/reportSchema.ts'
import type { Shown } from './html.ts'
import { box } from './sections.ts'

const who: Readonly<Record<LeakReport['findings'][number]['standpoint'], string>> = {
  blind: 'without known rows',
  leak: 'with known rows',
  outsider: 'an outsider',
  server: 'the service',
  participant: 'a participant',
}

/** Which attack covered which adversary and which part of what left. */
export function coverageSection({ coverage: { parts, adversaries } }: LeakReport, shown: Shown): string {
  const rows = adversaries.map((adversary, a) => {
    const fields = adversary.attacks.map((names, p) => {
      if (!parts[p]!.left) return '<td class="empty">did not leave</td>'
      if (names.length === 0) return '<td class="empty">nothing tried</td>'
      const listed = names.map((_, n) => shown.text(`/coverage/adversaries/${a}/attacks/${p}/${n}`))
      return `<td>${listed.join(', ')}</td>`
    })
    return `<tr><th scope="row">${who[adversary.standpoint]}</th><td>${holdingWords(adversary)}</td>${fields.join('')}</tr>`
  })
  const heads = ['adversary', 'besides what left', ...parts.map(({ part }) => partWords(part))]
  return `<section aria-labelledby="covered"><h2 id="covered">What was tried, and what was not</h2>
<p>By whom an attack is, what it needs besides the release, and which part of the release it looks at. Whoever holds more can do all that
whoever holds less can. An empty field is no safety: nothing was tried there. No protection of tables is public, so that nobody stands
where the service or an outsider with the public obfuscator would.</p>
${box('What was tried', heads, rows.join(''), 'covered')}</section>`
}
