// The leak report on a model as one HTML file: who was in its training data, and its claim of privacy beside what was found.
// Source: docs/architecture.md#the-audit; page.ts for what it shares with the other reports.
// Whatever depends on the audit goes through html.ts: escaped, and traceable to a place in report.json.

import type { ModelLeakReport } from '../membership/reportSchema.ts'
import { type Shown, shownFrom } from './html.ts'
import { changeAndPolicy, facts, pageHead, verdictBox } from './page.ts'
import { box, card, glossary, measuresAndPictures } from './sections.ts'

/** The page of a report on a model. */
export function modelReportPage(report: ModelLeakReport): string {
  const shown = shownFrom(report)
  const { training, findings, policy } = report
  return `${pageHead()}
<header>
<h1>Leak report for ${shown.text('/audited/name')}</h1>
${policy && !training?.caught ? `${verdictBox(report, shown)}\n${facts(report, shown)}` : claimBox(report, shown)}
<nav aria-label="Parts of this report"><ul>
<li><a href="#change">What to change</a></li>${training ? '<li><a href="#training">Private training</a></li>' : ''}${
    policy
      ? '<li><a href="#policy">The policy, rule by rule</a></li><li><a href="#attacks">The attacks</a></li>'
      : ''
  }<li><a href="#limits">What this does not say</a></li>
</ul></nav>
</header>
<main>
${policy ? changeAndPolicy({ ...report, policy }, shown, 'model') : adviceList(report, shown)}
${training ? trainingSection(training, shown) : ''}
${findings.length > 0 ? attackSection(report, shown) : ''}
${limits(report)}
</main>
<footer>${made(report, shown)}</footer>
</body>
</html>
`
}

/** The verdict where the claim is what is judged. */
function claimBox({ verdict: { status } }: ModelLeakReport, shown: Shown): string {
  return `<section class="verdict ${status}" aria-labelledby="verdict">
<h2 id="verdict">${status === 'broken' ? '✗ The claim is broken' : '✓ Consistent with the claim'}</h2>
<p class="headline">${shown.text('/verdict/headline')}</p>
<p>${shown.text('/verdict/sentence')}</p>
</section>`
}

function adviceList({ advice }: ModelLeakReport, shown: Shown): string {
  const items = advice.map(
    (_, i) =>
      `<li><strong>${shown.text(`/advice/${i}/action`)}</strong> ${shown.text(`/advice/${i}/reason`)}</li>`,
  )
  return `<section aria-labelledby="change"><h2 id="change">What to change</h2><ol class="advice">${items.join('')}</ol></section>`
}

function trainingSection({ bound, rows }: NonNullable<ModelLeakReport['training']>, shown: Shown): string {
  const at = '/training'
  const fact = (name: string, value: string) => `<div><dt>${name}</dt><dd>${value}</dd></div>`
  const tried = bound.tried.map((_, t) => {
    const line = `${at}/bound/tried/${t}`
    return `<tr><th scope="row">${shown.number(`${line}/guesses`, 'count')}</th><td>${shown.number(`${line}/right`, 'count')}</td></tr>`
  })
  const beside = rows === null ? '' : ` beside ${shown.number(`${at}/rows`, 'count')} rows`
  return `<section aria-labelledby="training"><h2 id="training">Private training: what it claims, and what was found</h2>
<dl class="facts">${[
    fact('the accountant’s upper bound on ε', shown.number(`${at}/claimed/epsilon`, 'number')),
    fact('the audit’s lower bound on ε', shown.number(`${at}/bound/epsilon`, 'number')),
    fact('canaries guessed', shown.number(`${at}/bound/best/guesses`, 'count')),
    fact('of them rightly', shown.number(`${at}/bound/best/right`, 'count')),
  ].join('')}</dl>
<p>Both at δ = ${shown.text(`${at}/claimed/delta`)}. The upper bound is worked out from noise, sampling and steps, and holds if the training does
what it says. The lower bound is measured on what the training gave out, and holds with confidence ${shown.number(`${at}/bound/confidence`, 'share')},
whatever the training does: where it is the larger, the training does not do what it says.</p>
<p>Of ${shown.number(`${at}/canaries`, 'count')} canaries${beside} a fair coin put ${shown.number(`${at}/included`, 'count')} into the training data. By the trained model’s answers those that
were in are ranked above those that were not ${shown.number(`${at}/auc/value`, 'share')} of the time (${shown.number(`${at}/auc/interval/0`, 'share')} to ${shown.number(`${at}/auc/interval/1`, 'share')}), where a guess gets half.</p>
${box('Guesses', ['guesses, half of them “in”', 'right'], tried.join(''))}
<p class="small">Each number of guesses has its part of the doubt; the best of them gives the bound. Source: Steinke, Nasr and Jagielski (NeurIPS 2023).</p></section>`
}

function attackSection(report: ModelLeakReport, shown: Shown): string {
  const { findings, audited } = report
  const cards = findings.map((finding, f) =>
    card(
      finding,
      shown,
      f,
      `<strong>An outsider.</strong> The adversary has candidates’ rows and may ask the model. Judged on ${shown.number(`/findings/${f}/rows`, 'count')} rows.`,
      { subject: 'model', more: measuresAndPictures(finding, shown, f) },
    ),
  )
  const shadows = audited.rows?.shadows
    ? ` Shadow models: ${shown.number('/audited/rows/shadows', 'count')}, each trained on a random half of these rows.`
    : ''
  return `<section aria-labelledby="attacks"><h2 id="attacks">Who was in the training data: the attacks, worst first</h2>
<p>Asked of ${shown.number('/audited/rows/members', 'count')} rows that the model was trained on and ${shown.number('/audited/rows/others', 'count')} that it was not.${shadows} An attack that finds
a few members for certain harms more than one that is a little better than a guess on all: the members found at few false alarms count.</p>
${glossary(report, 'model')}
${cards.join('\n')}</section>`
}

function limits({ training, findings }: ModelLeakReport): string {
  const of = (present: boolean, text: string) => (present ? `<li>${text}</li>` : '')
  return `<section aria-labelledby="limits"><h2 id="limits">What this does not say</h2><ul>
<li>That an attack failed is no proof that a better one would. Only differential privacy bounds all attacks, by a claim that can be wrong.</li>
${of(findings.length > 0, 'Intervals of the area and of the balanced accuracy are by the bootstrap over rows, those of members found at few false alarms by Clopper and Pearson; none covers the training of another model.')}
${of(findings.length > 0, 'Members and others must be alike but for the training: where they differ, an attack may tell the difference, and not the membership.')}
${of(training !== null, 'The lower bound is of one run, and wrong in five of a hundred. A claim that is not caught may still be wrong: other canaries, or a look at every step of the training, find more.')}
${of(training !== null, 'Canaries are trained on. Train the model that you publish without them.')}
</ul></section>`
}

function made({ audited }: ModelLeakReport, shown: Shown): string {
  const item = (name: string, value: string) => `<dt>${name}</dt><dd>${value}</dd>`
  return `<h2 id="made">How it was made</h2><dl class="about">${[
    item('audited', shown.text('/audited/name')),
    ...(audited.sha256 === null ? [] : [item('its SHA-256', shown.text('/audited/sha256'))]),
    item('date', shown.text('/run/date')),
    item('made by', `frostglass ${shown.text('/run/frostglass')}`),
    item('settings', `seed ${shown.number('/run/seed', 'count')}`),
    item('took', shown.number('/run/seconds', 'seconds')),
  ].join('')}</dl>`
}
