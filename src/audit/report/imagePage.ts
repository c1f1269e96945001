// The leak report on images as one HTML file that needs nothing else: sheets and maps are in it as data.
// Source: docs/architecture.md#the-audit; picturePage.ts for what it shares with the others that have pictures.
// Whatever depends on the audit goes through html.ts: escaped, and traceable to a place in report.json.

import type { ImageLeakReport } from '../images/reportSchema.ts'
import type { Shown } from './html.ts'
import { picturePage } from './picturePage.ts'
import { card, measuresAndPictures } from './sections.ts'

/** The page of a report on images. */
export function imageReportPage(report: ImageLeakReport): string {
  return picturePage(report, {
    subject: 'images',
    owner: `This page is for the owner of the images. It shows some of them: do not send it along with the samples.
The summary in the bundle’s manifest shows none, and may go with it.`,
    measures: `<strong>Chance</strong> is what a guess without the samples gets. <strong>Baseline</strong> is what the images of the training set
tell without the samples. What lies beyond both comes from the samples.`,
    card: imageCard,
    limits,
    made,
  })
}

function imageCard({ findings }: ImageLeakReport, shown: Shown, f: number): string {
  const finding = findings[f]!
  const at = `/findings/${f}`
  return card(
    finding,
    shown,
    f,
    `${standing[finding.standpoint]} Judged on ${shown.number(`${at}/rows`, 'count')} samples.`,
    { subject: 'images', more: measuresAndPictures(finding, shown, f) },
  )
}

const standing: Readonly<Record<ImageLeakReport['findings'][number]['standpoint'], string>> = {
  server:
    '<strong>The service.</strong> The adversary has the public pane and the training images, or images like them.',
  outsider: '<strong>An outsider.</strong> The adversary has the public pane and images of its own making.',
  blind: '<strong>Without the pane.</strong> The adversary has what left.',
  leak: '<strong>With known samples.</strong> The adversary knows which images some of the samples came from.',
  participant: '<strong>A participant.</strong> The adversary trains with others.',
}

function limits({ untested }: ImageLeakReport, shown: Shown): string {
  const list = untested.length
    ? `<p>Not run on these samples:</p><ul>${untested.map((_, i) => `<li>${shown.text(`/untested/${i}/title`)}: ${shown.text(`/untested/${i}/why`)}</li>`).join('')}</ul>`
    : '<p>Every attack that is built in was run.</p>'
  return `<section aria-labelledby="limits"><h2 id="limits">What this does not say</h2>
${list}
<ul>
<li>That an attack failed is no proof that a better one would. There is no theorem behind a learned obfuscator:
no bound is known on what its samples tell. What is certified for every attacker are releases of few codes, or of noise of a known law.</li>
<li>Structural similarity is a number: whether you know a face or a sign again, judge by the pictures.</li>
<li>Attributes that nobody wrote down could not be tested. An adversary may know others.</li>
<li>Confidence intervals cover the choice of the samples that were judged, not that of the pane or of the attack’s seed.</li>
</ul></section>`
}

function made({ audited }: ImageLeakReport, shown: Shown): string {
  const item = (name: string, value: string) => `<dt>${name}</dt><dd>${value}</dd>`
  const counts = (pointer: string, numbers: readonly number[]) =>
    numbers.map((_, i) => shown.number(`${pointer}/${i}`, 'count')).join(' × ')
  const panes = audited.panes.map((pane, p) => {
    const at = `/audited/panes/${p}`
    const bottleneck =
      pane.bottleneck === null ? '' : `, bottleneck ${shown.number(`${at}/bottleneck`, 'count')}`
    return item(
      'pane',
      `${shown.text(`${at}/kind`)}${bottleneck}, ${shown.number(`${at}/parameters`, 'count')} parameters, fingerprint ${shown.text(`${at}/fingerprint`)}. It says of itself: ${shown.text(`${at}/givesAway`)}`,
    )
  })
  return `<h2 id="made">How it was made</h2><dl class="about">${[
    item('audited', shown.text('/audited/name')),
    ...(audited.sha256 === null ? [] : [item('SHA-256 of its samples', shown.text('/audited/sha256'))]),
    item(
      'images',
      `${shown.number('/audited/images', 'count')} of ${counts('/audited/shape', audited.shape)}; samples of ${counts('/audited/released', audited.released)}`,
    ),
    item(
      'training images',
      audited.training === null ? 'not given' : shown.number('/audited/training', 'count'),
    ),
    item(
      'attributes',
      audited.attributes.length
        ? audited.attributes.map((_, i) => shown.text(`/audited/attributes/${i}`)).join(', ')
        : 'none',
    ),
    ...panes,
    item('date', shown.text('/run/date')),
    item('made by', `frostglass ${shown.text('/run/frostglass')}`),
    item('settings', `effort ${shown.text('/run/effort')}, seed ${shown.number('/run/seed', 'count')}`),
    item('took', shown.number('/run/seconds', 'seconds')),
  ].join('')}</dl>`
}
