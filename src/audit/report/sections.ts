// Tables and cards of the page: the policy, an attack, its columns, its worst cells.
// Source: issue 9, section 4. Each table scrolls in a box of its own where it is too wide.
// No value of the table is shown: there is none in the report.

import { intervalBar } from './charts.ts'
import type { Shown } from './html.ts'
import type { LeakReport } from './schema.ts'
import { metricWords } from './words.ts'

/** Rules with what came nearest to breaking them. */
export function policyTable(report: LeakReport, shown: Shown): string {
  const rows = report.judgements.map((judgement, j) => {
    const at = `/policy/rules/${judgement.rule}`
    const rule = report.policy.rules[judgement.rule]!
    const limits = [
      rule.most === undefined ? [] : [`at most ${shown.number(`${at}/most`, 'share')}`],
      rule.mostAboveBaseline === undefined
        ? []
        : [`at most ${shown.number(`${at}/mostAboveBaseline`, 'share')} above chance and baseline`],
    ].flat()
    const why =
      rule.why === undefined ? '' : `<span class="small quiet"> ${shown.text(`${at}/why`)}</span>`
    const head = `<th scope="row">${shown.text(`${at}/name`)}<br>${why}</th>`
    const asks = `<td class="name">${metricWords(rule.metric).title}: ${limits.join(', and ')}</td>`
    if (judgement.status === 'not measured') {
      return `<tr>${head}${asks}<td class="name">no attack here measures it</td><td><span class="status-none">– not measured</span></td></tr>`
    }
    const finding = `/findings/${judgement.finding}`
    const metric = report.findings[judgement.finding]!.metrics[judgement.metric]!
    const upper = shown.number(`${finding}/metrics/${judgement.metric}/interval/1`, 'share')
    const got = `<td class="name">${shown.text(`${finding}/title`)}: up to ${upper}, where ${shown.number(`/judgements/${j}/ceiling`, 'share')} is allowed${intervalBar({ ...metric, ceiling: judgement.ceiling })}</td>`
    const status =
      judgement.status === 'broken'
        ? '<span class="status-broken">✗ broken</span>'
        : '<span class="status-held">✓ held</span>'
    return `<tr>${head}${asks}${got}<td>${status}</td></tr>`
  })
  return box(
    'The policy, rule by rule',
    ['rule', 'asks for', 'nearest to breaking it', 'verdict'],
    rows.join(''),
    'rules',
  )
}

/** One attack with everything that it measured. */
export function attackCard({ findings, run }: LeakReport, shown: Shown, f: number): string {
  const finding = findings[f]!
  const at = `/findings/${f}`
  const rows = finding.metrics.map((metric, m) => {
    const own = `${at}/metrics/${m}`
    const { title, meaning } = metricWords(metric.name)
    const share = (name: string) => shown.number(`${own}/${name}`, 'share')
    return `<tr><th scope="row">${title}${intervalBar(metric)}<span class="small quiet">${meaning}</span></th>
<td>${share('value')}<span class="small quiet">${share('interval/0')} to ${share('interval/1')}</span></td>
<td>${share('chance')}</td><td>${metric.baseline === undefined ? '–' : share('baseline')}</td></tr>`
  })
  const notes = finding.notes.length
    ? `<ul class="small">${finding.notes.map((_, n) => `<li>${shown.text(`${at}/notes/${n}`)}</li>`).join('')}</ul>`
    : ''
  return `<article class="attack" aria-labelledby="attack-${f}">
<h3 id="attack-${f}">${shown.text(`${at}/title`)}</h3>
<p>${standing(finding.standpoint, finding.known > 0 ? shown.number(`${at}/known`, 'count') : '')}
Judged on ${shown.number(`${at}/rows`, 'count')} rows.</p>
${box('What it measured', ['measure', 'got (95% interval)', 'chance', 'baseline'], rows.join(''))}
${notes}
<p class="small quiet">Needs: ${shown.text(`${at}/needs`)} Source: ${shown.text(`${at}/source`)}. Took ${shown.number(`${at}/seconds`, 'seconds')}${run.effort === 'quick' ? ' with quick effort' : ''}.</p>
</article>`
}

function standing(standpoint: LeakReport['findings'][number]['standpoint'], known: string): string {
  const who = {
    leak: `<strong>With known rows.</strong> The adversary knows ${known} rows of the table, and which protected rows they became.`,
    blind: '<strong>Blind.</strong> The adversary has only what left: no row of the table is known.',
    server: '<strong>The service.</strong> The adversary has the public obfuscator and the original training data.',
    outsider: '<strong>An outsider.</strong> The adversary has the public obfuscator and data of its own.',
  }
  return who[standpoint]
}

/** How each column fared under one attack. */
export function attributeTable({ findings }: LeakReport, shown: Shown, f: number): string {
  const rows = (findings[f]!.attributes ?? []).map((_, a) => {
    const at = `/findings/${f}/attributes/${a}`
    const cell = (name: string, format: 'share' | 'error') =>
      `<td>${shown.number(`${at}/${name}`, format)}</td>`
    return `<tr><th scope="row">${shown.text(`${at}/name`)}</th>${cell('within5', 'share')}${cell('within1', 'share')}${cell('explained', 'share')}${cell('medianError', 'error')}${cell('largestError', 'error')}</tr>`
  })
  return `<h3>${shown.text(`/findings/${f}/title`)}</h3>${box(
    'Columns',
    ['column', 'within 5%', 'within 1%', 'variance explained', 'median error', 'largest error'],
    rows.join(''),
  )}`
}

/** The cells that one attack exposes most. */
export function cellTable({ findings }: LeakReport, shown: Shown, f: number): string {
  const cells = findings[f]!.cells ?? []
  const head = `<h3>${shown.text(`/findings/${f}/title`)}</h3>`
  if (cells.length === 0) return `${head}<p>No cell is known better than by chance.</p>`
  const rows = cells.map((_, c) => {
    const at = `/findings/${f}/cells/${c}`
    return `<tr><th scope="row">${shown.number(`${at}/row`, 'count')}</th><td class="name">${shown.text(`${at}/attribute`)}</td><td>${shown.number(`${at}/error`, 'error')}</td><td>${shown.number(`${at}/chanceError`, 'error')}</td></tr>`
  })
  return head + box('Worst cells', ['row', 'column', 'error of the attack', 'error of a guess'], rows.join(''))
}

function box(label: string, heads: readonly string[], rows: string, kind = ''): string {
  return `<div class="scroll${kind ? ` ${kind}` : ''}" tabindex="0" role="region" aria-label="${label}"><table>
<thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join('')}</tr></thead>
<tbody>${rows}</tbody></table></div>`
}
