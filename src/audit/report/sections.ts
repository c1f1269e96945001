// Tables and cards of the page: the policy, an attack, its columns, its worst cells.
// Source: docs/architecture.md#the-audit. Each table scrolls in a box of its own where it is too wide.
// No value of the table is shown: there is none in the report.

import type { ImageReportFinding } from '../images/reportSchema.ts'
import { isRested } from '../policy/judgement.ts'
import { metricAt } from '../policy/place.ts'
import { holdingWords } from '../tables/coverage.ts'
import type { LeakReport } from '../tables/reportSchema.ts'
import { metricWords, type Subject } from '../words.ts'
import { intervalBar } from './charts.ts'
import { escaped, type Shown } from './html.ts'

/** What a policy's list is made of. */
type Judged = Pick<LeakReport, 'policy' | 'judgements' | 'findings'>

/** Rules with what came nearest to breaking them. */
export function policyList(report: Judged, shown: Shown, subject: Subject = 'table'): string {
  const items = report.judgements.map((judgement, j) => {
    const at = `/policy/rules/${judgement.rule}`
    const rule = report.policy.rules[judgement.rule]!
    const limits = [
      ...(rule.most === undefined ? [] : [`at most ${shown.number(`${at}/most`, 'share')}`]),
      ...(rule.mostOfRest === undefined
        ? []
        : [`at most ${shown.number(`${at}/mostOfRest`, 'share')} of what chance leaves`]),
      ...(rule.mostAboveBaseline === undefined
        ? []
        : [`at most ${shown.number(`${at}/mostAboveBaseline`, 'share')} above chance and baseline`]),
    ]
    const why = rule.why === undefined ? '' : `<p class="small quiet">${shown.text(`${at}/why`)}</p>`
    const asks = `Asks of ${asked(rule.against)}: ${metricWords(rule.metric, subject).title}${scope(rule.of)} ${limits.join(', and ')}.`
    const [status, measured] = judged(report, shown, j)
    return `<li><div class="head"><h3>${shown.text(`${at}/name`)}</h3>${status}</div>${why}<p class="small">${asks} ${measured}</li>`

    function scope(of: typeof rule.of): string {
      if (of === undefined) return ''
      if (of === 'worst-attribute') return ', of every single column,'
      if (of === 'worst-decile') return ', of the tenth of the people who fare worst,'
      return `, of “${shown.text(`${at}/of/attribute`)}”,`
    }

    function asked(against: string): string {
      if (against === 'any') return 'every attack'
      if (subject !== 'table') return `attacks by ${shown.text(`${at}/against`)}`
      return against === 'leak' || against === 'blind'
        ? `attacks ${against === 'leak' ? 'with' : 'without'} known rows`
        : `attacks by ${shown.text(`${at}/against`)}`
    }
  })
  return `<ol class="rules">${items.join('')}</ol>`
}

/** Status of a rule, and what it was judged by: the end of a paragraph, and a drawing. */
function judged({ judgements, findings, policy }: Judged, shown: Shown, j: number): [string, string] {
  const judgement = judgements[j]!
  const none = (status: string, why: string): [string, string] => [
    `<span class="status-none">– ${status}</span>`,
    `${why}</p>`,
  ]
  const weak =
    'weak' in judgement && judgement.weak > 0
      ? ` Measurements left out, since a constant guess does as well or nothing could break the rule: ${shown.number(`/judgements/${j}/weak`, 'count')}.`
      : ''
  if (judgement.status === 'too weak' && judgement.leftOut) {
    const names = judgement.leftOut.map((_, k) => `“${shown.text(`/judgements/${j}/leftOut/${k}`)}”`)
    return none(
      'too weak to tell',
      `What was run did not break it, but stronger attacks were left out, cut short, or told nothing: ${names.join(', ')}. The end of this report says why.${weak}`,
    )
  }
  if (judgement.status === 'too weak') {
    const names = (judgement.untold ?? []).map((_, u) => `“${shown.text(`/judgements/${j}/untold/${u}`)}”`)
    return none(
      'too weak to tell',
      `${names.length > 0 ? `Others held; of ${names.join(', ')} whatever` : 'Whatever'} measures it does no better than a constant guess, or leaves nothing that could break the rule.${weak}`,
    )
  }
  if (!isRested(judgement)) {
    const names = (judgement.untold ?? []).map((_, u) => `“${shown.text(`/judgements/${j}/untold/${u}`)}”`)
    return judgement.status === 'not measured'
      ? none(
          'not measured',
          names.length > 0
            ? `Others held; no attack that was run measures it of ${names.join(', ')}.`
            : 'No attack that was run measures it.',
        )
      : none('does not apply', 'Nothing that it asks about left.')
  }
  const upper = shown.number(`/judgements/${j}/upper`, 'share')
  const ceiling = shown.number(`/judgements/${j}/ceiling`, 'share')
  const of =
    judgement.attribute === undefined
      ? ''
      : ` on “${shown.text(`/findings/${judgement.finding}/attributes/${judgement.attribute}/name`)}”`
  const metric = metricAt(findings, judgement)
  // What counts from chance is judged by the rows that a constant guess misses, where these are known.
  const rest = metric.missed && policy!.rules[judgement.rule]!.most === undefined ? metric.missed : undefined
  const among = rest ? ' of the rows that a constant guess misses' : ''
  const bar = rest ? { value: rest.value, interval: rest.interval, chance: 0 } : metric
  const measured = `Nearest to breaking it: “${shown.text(`/findings/${judgement.finding}/title`)}”${of}, up to <strong>${upper}</strong>${among} where ${ceiling} is allowed.${weak}</p>${intervalBar({ ...bar, ceiling: judgement.ceiling })}`
  return judgement.status === 'broken'
    ? ['<span class="status-broken">✗ broken</span>', measured]
    : ['<span class="status-held">✓ held</span>', measured]
}

/** One attack with everything that it measured. */
export function attackCard({ findings }: LeakReport, shown: Shown, f: number): string {
  const finding = findings[f]!
  const at = `/findings/${f}`
  const who = standing(finding.standpoint, finding.known > 0 ? shown.number(`${at}/known`, 'count') : '')
  const besides =
    finding.holds && finding.holds.length > 0
      ? `\nBesides what left it holds: ${holdingWords({ standpoint: finding.standpoint, holds: finding.holds })}.`
      : ''
  return card(finding, shown, f, `${who}${besides}\nJudged on ${shown.number(`${at}/rows`, 'count')} rows.`)
}

/** A card of one attack: title, who it is, what it measured, and what else is to be shown. */
export function card(
  finding: LeakReport['findings'][number],
  shown: Shown,
  f: number,
  who: string,
  {
    subject = 'table',
    more = '',
  }: { readonly subject?: Subject | undefined; readonly more?: string | undefined } = {},
): string {
  const at = `/findings/${f}`
  const measured = [
    ...finding.metrics.map((metric, m) => ({ metric, anchor: `${at}/metrics/${m}`, of: '' })),
    ...(finding.people ?? []).map((metric, m) => ({
      metric,
      anchor: `${at}/people/${m}`,
      of: ', of the tenth of the people who fare worst',
    })),
  ]
  const rows = measured.map(({ metric, anchor, of }) => {
    const share = (name: string) => shown.number(`${anchor}/${name}`, 'share')
    const weak = metric.tooWeak
      ? ' <span class="status-none">– too weak to tell: a constant guess does as well</span>'
      : ''
    return `<tbody><tr><th colspan="4" scope="rowgroup">${metricWords(metric.name, subject).title}${of}${weak}</th></tr>
<tr><td><strong>${share('value')}</strong></td><td>${share('interval/0')} to ${share('interval/1')}</td>
<td>${share('chance')}</td><td>${metric.baseline === undefined ? '–' : share('baseline')}</td></tr>
<tr class="drawing" aria-hidden="true"><td colspan="4">${intervalBar(metric)}</td></tr></tbody>`
  })
  const notes = finding.notes.length
    ? `<ul class="small">${finding.notes.map((_, n) => `<li>${shown.text(`${at}/notes/${n}`)}</li>`).join('')}</ul>`
    : ''
  return `<article class="attack" aria-labelledby="attack-${f}">
<h3 id="attack-${f}">${shown.text(`${at}/title`)}</h3>
<p>${who}</p>
${box('What it measured', ['got', '95% interval', 'chance', 'baseline'], rows.join(''), 'metrics')}
${more}${notes}
<dl class="small about"><dt>name</dt><dd>${shown.text(`${at}/attack`)}</dd><dt>needs</dt><dd>${shown.text(`${at}/needs`)}</dd><dt>source</dt><dd>${shown.text(`${at}/source`)}</dd><dt>took</dt><dd>${shown.number(`${at}/seconds`, 'seconds')}</dd></dl>
</article>`
}

/** What else a finding measured, and its pictures: what is shown within a card. */
export function measuresAndPictures(
  { measures, pictures }: ImageReportFinding,
  shown: Shown,
  f: number,
): string {
  const at = `/findings/${f}`
  const rows = measures.map((_, m) => {
    const line = `${at}/measures/${m}`
    const number = (name: string) => shown.number(`${line}/${name}`, 'number')
    return `<tr><th scope="row">${shown.text(`${line}/name`)}</th><td>${number('value')}</td><td>${number('interval/0')} to ${number('interval/1')}</td></tr>`
  })
  const table =
    rows.length > 0 ? box('What else it measured', ['measure', 'value', '95% interval'], rows.join('')) : ''
  const shownPictures = pictures.map(({ kind, data, alternative }, p) => {
    const title = shown.text(`${at}/pictures/${p}/title`)
    const label = escaped(alternative)
    const drawing =
      kind === 'png'
        ? `<img class="sheet" alt="${label}" src="data:image/png;base64,${escaped(data)}">`
        : `<div role="img" aria-label="${label}">${data}</div>`
    return `<figure>${drawing}<figcaption>${title}</figcaption></figure>`
  })
  const figures = shownPictures.length ? `<div class="pictures">${shownPictures.join('')}</div>` : ''
  return `${figures}${table}`
}

/** What the measures mean that occur in a report. */
export function glossary({ findings }: Pick<LeakReport, 'findings'>, subject: Subject = 'table'): string {
  const names = new Set(findings.flatMap(({ metrics }) => metrics.map(({ name }) => name)))
  const items = Array.from(names, (name) => {
    const { title, meaning } = metricWords(name, subject)
    return `<dt>${title}</dt><dd>${meaning}</dd>`
  })
  return `<dl class="small about">${items.join('')}</dl>`
}

function standing(standpoint: LeakReport['findings'][number]['standpoint'], known: string): string {
  const who = {
    leak: `<strong>With known rows.</strong> The adversary knows something of ${known} rows of the table, and which protected rows they became.`,
    blind:
      '<strong>Without known rows.</strong> The adversary knows of no protected row which original row it was.',
    server:
      '<strong>The service.</strong> The adversary has the public obfuscator and the original training data.',
    outsider: '<strong>An outsider.</strong> The adversary has the public obfuscator and data of its own.',
    participant: '<strong>A participant.</strong> The adversary trains with others.',
  }
  return who[standpoint]
}

/** How each column fared under one attack. */
export function attributeTable({ findings }: LeakReport, shown: Shown, f: number): string {
  const rows = (findings[f]!.attributes ?? []).map(({ metrics = [] }, a) => {
    const at = `/findings/${f}/attributes/${a}`
    const cell = (name: string, format: 'share' | 'error') =>
      `<td>${shown.number(`${at}/${name}`, format)}</td>`
    const near = metrics.findIndex(({ name }) => name === 'cells5')
    const guess =
      near < 0
        ? '<td>–</td>'
        : `<td>${shown.number(`${at}/metrics/${near}/chance`, 'share')}${metrics[near]!.tooWeak ? ' <span class="status-none">too weak to tell</span>' : ''}</td>`
    return `<tr><th scope="row">${shown.text(`${at}/name`)}</th>${cell('within5', 'share')}${guess}${cell('within1', 'share')}${cell('explained', 'share')}${cell('medianError', 'error')}${cell('largestError', 'error')}</tr>`
  })
  return `<h3>${shown.text(`/findings/${f}/title`)}</h3>${box(
    'Columns',
    [
      'column',
      'within 5%',
      'a guess, within 5%',
      'within 1%',
      'variance explained',
      'median error',
      'largest error',
    ],
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
  return (
    head + box('Worst cells', ['row', 'column', 'error of the attack', 'error of a guess'], rows.join(''))
  )
}

/** A table that scrolls in a box of its own. */
export function box(label: string, heads: readonly string[], rows: string, kind = ''): string {
  return `<div class="scroll${kind ? ` ${kind}` : ''}" tabindex="0" role="region" aria-label="${label}"><table>
<thead><tr>${heads.map((head) => `<th scope="col"${head === 'column' ? ' class="name"' : ''}>${head}</th>`).join('')}</tr></thead>
${rows.startsWith('<tbody>') ? rows : `<tbody>${rows}</tbody>`}</table></div>`
}
