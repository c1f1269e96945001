// What the numbers say: how far training is, the verdict on a pane, what was done and what was not.
// Source: words.ts for the verdict; Yonan et al. 2025 for what is known of such panes.

import type { GalleryIndex, GalleryPane } from '../src/demo/galleryIndex.ts'
import { useToken } from './Gate.tsx'
import { verdictOn } from './words.ts'

/** How far training is; nothing once it is done. */
export function Training({ index }: { index: GalleryIndex }) {
  const { state, share, secondsLeft, doing } = index.progress
  if (state === 'ready') return null
  if (state === 'failed') {
    return (
      <p class="notice" role="alert">
        Training stopped: {doing}
      </p>
    )
  }
  return (
    <div class="training">
      <p>
        <b>Training on this machine</b>, once: {doing}.
        {secondsLeft !== undefined && ` About ${wait(secondsLeft)} left.`}
        {index.first &&
          ` Meanwhile there is a small pane that came with the package, n = ${index.first.pane.bottleneck}.`}
      </p>
      <progress value={share} max={1} aria-label="Training of the panes and the attacks">
        {Math.round(100 * share)}%
      </progress>
    </div>
  )
}

/** The verdict on a pane in one sentence, beside the page's title. */
export function Judged({ pane, index }: { pane: GalleryPane; index: GalleryIndex }) {
  const verdict = verdictOn(pane, index)
  if (!verdict) return null
  return (
    <p class={`judged ${verdict.grade}`}>
      <b>{verdict.title}</b> <a href="#verdict">n = {pane.bottleneck}, measured</a>
    </p>
  )
}

/** The verdict on a pane, with its numbers. */
export function VerdictWords({
  pane,
  index,
  isFirst,
}: {
  pane: GalleryPane
  index: GalleryIndex
  /** Whether it came with the package. */
  isFirst: boolean
}) {
  const verdict = verdictOn(pane, index)
  if (!verdict) return null
  return (
    <section class={`verdict ${verdict.grade}`} aria-labelledby="verdict">
      <p class="kicker">
        Measured on {index.data.test.toLocaleString('en')} test digits, n = {pane.bottleneck}
      </p>
      <h2 id="verdict">{verdict.title}</h2>
      <p>{verdict.because}</p>
      {isFirst && (
        <p>
          This pane came with the package, as did a small classifier and a small attack (
          {index.data.training.toLocaleString('en')} training digits, weights rounded to save space): those
          that are trained on this machine are larger.
        </p>
      )}
      <p class="study">
        Yonan et al. (SECRYPT 2025) broke this kind of pane: from what it sends they rebuilt images, and told
        the colour of a digit in over 99% of the cases at n = 512 and 1024.
      </p>
    </section>
  )
}

/** What is behind the page. */
export function About({ index }: { index: GalleryIndex }) {
  // A link that is followed sends no token.
  const open = useToken() === undefined
  return (
    <footer>
      <p>
        Pane: ObfNet-MLP, 784 → n → 784, trained before the frozen classifier (InfNet-MLP). Attack: RecNet,
        trained by an adversary who has the public pane and its training digits. Data: {index.data.name},{' '}
        {index.data.training.toLocaleString('en')} training and {index.data.test.toLocaleString('en')} test
        digits. All was trained and measured on the machine that serves this page, but for what came with the
        package and says so. “Hides little”: the attacker’s SSIM is at least 0.10 above that of the answer’s
        mean picture, which needs no attack.
      </p>
      <p>
        The pane runs here, in your browser; digits go to the service on <code>{location.host}</code> and
        nowhere else. The raw digit is sent too, for comparison: a real device would not.{' '}
        {open && (
          <>
            <a href="/codes">Codes</a> <a href="/openapi.json">API</a> <a href="/metrics">Metrics</a>
          </>
        )}
      </p>
    </footer>
  )
}

const wait = (seconds: number) =>
  seconds > 90 ? `${Math.round(seconds / 60)} min` : `${Math.max(1, Math.round(seconds))} s`
