// The leak report on released codes as one HTML file: each attribute between its attacks and its certificate, in one picture.
// Source: docs/architecture.md#the-audit; page.ts for what it shares with the other reports.
// Whatever depends on the audit goes through html.ts: escaped, and traceable to a place in report.json.

import type { CodeLeakReport } from '../codes/reportSchema.ts'
import { escaped, type Shown, shownFrom } from './html.ts'
import { pageHead, verdictUnder } from './page.ts'
import { pricePanel } from './pricePanel.ts'
import { box, card, policyList } from './sections.ts'

/** The page of a report on codes. */
export function codeReportPage(report: CodeLeakReport): string {
  const shown = shownFrom(report)
  const { policy } = report
  return `${pageHead()}
<header>
<h1>Leak report for ${shown.text('/audited/name')}</h1>
${verdict(report, shown)}
<nav aria-label="Parts of this report"><ul>
<li><a href="#brackets">Attacks and certificate</a></li>${report.prices ? '<li><a href="#codes">More codes, fewer codes</a></li>' : ''}<li><a href="#checks">Checks</a></li><li><a href="#change">What to change</a></li>${policy ? '<li><a href="#policy">The policy, rule by rule</a></li>' : ''}
<li><a href="#attacks">The attacks</a></li><li><a href="#limits">What this does not say</a></li>
</ul></nav>
</header>
<main>
<section aria-labelledby="brackets"><h2 id="brackets">Attacks from below, the certificate from above</h2>
<p>What is certified holds for <strong>every</strong> attacker, on average over units of the law that it was counted on. Attacks that learned on
${shown.number('/audited/units/learned', 'count')} other units and were judged on ${shown.number('/audited/units/judged', 'count')} more test the pane and the counting: an interval that lies above its limit is a fault, or another population.</p>
${report.brackets.map((_, b) => bracket(report, shown, b)).join('\n')}</section>
${priced(report, shown)}
${checks(report, shown)}
${advice(report, shown)}
${policy ? policySection({ ...report, policy }, shown) : ''}
${attackSection(report, shown)}
${limits(report)}
</main>
<footer>${made(report, shown)}</footer>
</body>
</html>
`
}

function verdict({ verdict: { status }, brackets, checks: of }: CodeLeakReport, shown: Shown): string {
  const whole =
    of.every(({ held }) => held) && brackets.every(({ attacks }) => attacks.every(({ above }) => !above))
  const heading = !whole
    ? '✗ The certificate does not hold here'
    : {
        held: '✓ Within what is certified',
        broken: '✗ The policy is broken',
        'not measured': '✗ The policy does not hold: not all of it is certified',
      }[status]
  return verdictUnder(heading, status, shown)
}

function bracket({ brackets }: CodeLeakReport, shown: Shown, b: number): string {
  const { certified, attacks, picture } = brackets[b]!
  const at = `/brackets/${b}`
  const share = (name: string) => shown.number(`${at}/certified/${name}`, 'share')
  const fact = (name: string, value: string) => `<div><dt>${name}</dt><dd>${value}</dd></div>`
  const rows = attacks.map(({ finding, upper, above }, a) => {
    const metric = `/findings/${finding}/metrics/0`
    const limit = upper === null ? 'no bound is known' : shown.number(`${at}/attacks/${a}/upper`, 'limit')
    const status = above
      ? ' <span class="status-broken">✗ above</span>'
      : upper === null
        ? ''
        : ' <span class="status-held">✓</span>'
    return `<tr><th scope="row">${shown.text(`/findings/${finding}/title`)}</th><td>${shown.number(`${metric}/value`, 'share')}</td><td>${shown.number(`${metric}/interval/0`, 'share')} to ${shown.number(`${metric}/interval/1`, 'share')}</td><td>${limit}${status}</td></tr>`
  })
  return `<article class="bracket"><h3>${shown.text(`${at}/attribute`)}</h3>
<dl class="facts">${[
    fact('certified: at most', shown.number(`${at}/certified/upper`, 'limit')),
    ...(certified.floor === null ? [] : [fact('the true label alone', share('floor'))]),
    fact('guessing blindly', share('blind')),
  ].join('')}</dl>
<figure><div role="img" aria-label="${escaped(picture.alternative)}">${picture.data}</div><figcaption>${shown.text(`${at}/picture/title`)}
A thick mark is the limit of that row: who is told the true label as well has another one.</figcaption></figure>
${box('Attacks and limits', ['attack', 'got', '95% interval', 'certified: at most'], rows.join(''))}
${certifiedUnattacked(brackets[b]!.notAttacked, at, shown)}<p class="small">Theorem ${shown.text(`${at}/certified/theorem`)}, on ${shown.number(`${at}/certified/units`, 'count')} units (${shown.text(`${at}/certified/unit`)}); in their own table the best rule is right on ${share('estimate')}. Each limit is wrong with a chance of ${shown.text(`${at}/certified/delta`)}. Source: ${shown.text(`/findings/${b}/source`)}.</p></article>`
}

/** What is certified of several releases, and was not attacked. */
function certifiedUnattacked(several: readonly number[], at: string, shown: Shown): string {
  if (several.length === 0) return ''
  const each = several.map((_, i) => shown.number(`${at}/notAttacked/${i}`, 'count'))
  return `<p class="small"><span class="status-none">– not measured:</span> ${each.join(', ')} releases of a unit together are certified, and fewer than 50 judged units have so many rows.</p>\n`
}

function priced({ prices, brackets }: CodeLeakReport, shown: Shown): string {
  if (!prices) return ''
  const one = brackets.length === 1 && prices.attributes.length === 1 ? brackets[0]!.certified : null
  const names = prices.attributes.map((_, a) => `“${shown.text(`/prices/attributes/${a}`)}”`)
  return `<section aria-labelledby="codes"><h2 id="codes">More codes, fewer codes</h2>
<p>A code more tells the service more, and everybody else, too. What is audited here has ${shown.number('/audited/codes', 'count')} codes, and
${one ? 'that number alone is certified' : `no row here is certified: these are of ${names.join(' and ')} together, and certificates are of each by itself`}. Every other row is an <strong>estimate</strong>, by training and validation rows: the limit that ${shown.number('/prices/units', 'count')}
units would give if they came out alike. Take it to choose by, train with <code>--codes</code>, and have that certified.</p>
${pricePanel(prices, shown, one)}</section>`
}

function checks({ checks: of }: CodeLeakReport, shown: Shown): string {
  const items = of.map(
    ({ held }, c) =>
      `<li><div class="head"><p>${shown.text(`/checks/${c}/words`)}</p>${held ? '<span class="status-held">✓ held</span>' : '<span class="status-broken">✗ broken</span>'}</div></li>`,
  )
  return `<section aria-labelledby="checks"><h2 id="checks">What must be so</h2><ol class="rules">${items.join('')}</ol></section>`
}

function advice({ advice: of }: CodeLeakReport, shown: Shown): string {
  const items = of.map(
    (_, i) =>
      `<li><strong>${shown.text(`/advice/${i}/action`)}</strong> ${shown.text(`/advice/${i}/reason`)}</li>`,
  )
  return `<section aria-labelledby="change"><h2 id="change">What to change</h2><ol class="advice">${items.join('')}</ol></section>`
}

function policySection(report: Parameters<typeof policyList>[0], shown: Shown): string {
  return `<section aria-labelledby="policy"><h2 id="policy">The policy, rule by rule</h2>
<p>Policy “${shown.text('/policy/name')}”. A rule is judged by the certificate, at its upper limit: what attacks got decides nothing here. A rule
about what is not certified has not held.</p>
${policyList(report, shown, 'images')}</section>`
}

function attackSection(report: CodeLeakReport, shown: Shown): string {
  const cards = report.findings.flatMap((finding, f) =>
    finding.attack === 'certificate'
      ? []
      : [
          card(
            finding,
            shown,
            f,
            `<strong>The service.</strong> The adversary has the pane, the codebook and the certificate. Judged on ${shown.number(`/findings/${f}/rows`, 'count')} units.`,
            { subject: 'images' },
          ),
        ],
  )
  return `<section aria-labelledby="attacks"><h2 id="attacks">The attacks</h2>
<p>Whoever sees one output guesses by a table from outputs to classes, whatever it learned by: so the certificate’s own table is as good as any, and
the others test the pane, the counting and each other. <strong>Chance</strong> is the commonest class of the judged units.</p>
${cards.join('\n')}</section>`
}

function limits({ brackets, findings }: CodeLeakReport): string {
  const several = brackets.some(({ attacks }) => attacks.some(({ upper }) => upper === null))
  const bundled = findings.some(({ attack }) => attack.startsWith('releases-'))
  return `<section aria-labelledby="limits"><h2 id="limits">What this does not say</h2><ul>
<li>The limit is an average over units, not the worst case of a person: of somebody with a rare code it may tell everything.</li>
<li>It is of the attributes that are named here, one at a time. Others are not covered, however alike.</li>
<li>It is of one release of a unit${bundled ? ', but where a row above says of how many, drawn evenly from those of the unit' : ''}. ${several ? 'Of all rows of a unit together no bound is known; what an attack got of them is above.' : 'What several releases of one person tell together is not measured here.'}</li>
<li>It is of the law of the calibration units: other people, other times, other shares of the attribute want a certificate of their own.</li>
<li>Timing, length and refusals of the service’s side were not looked at.</li>
<li>Whether the calibration units are independent, and nothing was chosen by them, its issuer answers for.</li>
</ul></section>`
}

function made({ audited }: CodeLeakReport, shown: Shown): string {
  const item = (name: string, value: string) => `<dt>${name}</dt><dd>${value}</dd>`
  return `<h2 id="made">How it was made</h2><dl class="about">${[
    item('audited', shown.text('/audited/name')),
    item('SHA-256 of its pane', shown.text('/audited/sha256')),
    item('codes', shown.number('/audited/codes', 'count')),
    ...(audited.outputs === null ? [] : [item('outputs, drawn', shown.number('/audited/outputs', 'count'))]),
    item('date', shown.text('/run/date')),
    item('made by', `frostglass ${shown.text('/run/frostglass')}`),
    item('settings', `effort ${shown.text('/run/effort')}, seed ${shown.number('/run/seed', 'count')}`),
    item('took', shown.number('/run/seconds', 'seconds')),
  ].join('')}</dl>`
}
