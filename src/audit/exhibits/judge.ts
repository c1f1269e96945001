// Runs attacks on the form that they broke and on today's, and says of each whether its claim is broken.
// Source: docs/how-to/run-exhibits.md.
// "Held against this attack" says that one attack failed: neither that none succeeds, nor that the claim is proved.

import { throwIfAborted } from '../../errors.ts'
import { version } from '../../version.ts'
import { type Exhibit, type Form, isBroken, type Outcome } from './exhibit.ts'

/**
 * - `broken`: today's form gives more than the claim allows.
 * - `held against this attack`: it does not, and the form of before, where it was attacked, did.
 * - `broken before`: only the form of before was attacked, and it broke.
 * - `shows nothing`: the attack failed on the form of before, so that its failing on today's would mean nothing.
 * - `did not finish`: an attack ended in an error: nothing is said of the claim.
 */
export type ExhibitVerdict =
  | 'broken'
  | 'held against this attack'
  | 'broken before'
  | 'shows nothing'
  | 'did not finish'

/** A number as JSON can hold it: 'Infinity' and 'NaN' as texts. */
export type Figure = number | string

interface Measured {
  readonly allowed: Figure
  readonly measured: Figure
  readonly seconds: number
}

/** An exhibit, and what its attack got. */
export interface JudgedExhibit extends Pick<Exhibit, 'name' | 'title' | 'claim' | 'source' | 'mended'> {
  /** Null where no attack finished. */
  readonly unit: string | null
  /** Null where this form was not attacked. */
  readonly before: Measured | null
  readonly today: Measured | null
  readonly verdict: ExhibitVerdict
  /** What ended an attack before it had a result, in its words; null where all finished. */
  readonly failure: string | null
}

/** What `frostglass audit exhibits` answers; the JSON beside its page. */
export interface ExhibitReport {
  readonly format: 'frostglass-exhibits'
  readonly version: 1
  readonly run: {
    readonly date: string
    readonly frostglass: string
    readonly quick: boolean
    readonly seconds: number
  }
  /** `undecided` where today's form of an exhibit was not attacked, or its attack shows nothing. */
  readonly verdict: { readonly status: 'broken' | 'held' | 'undecided'; readonly sentence: string }
  readonly exhibits: readonly JudgedExhibit[]
}

/**
 * Attacks every form that is named of every exhibit, one after another. One that ends in an error keeps none of the others.
 * @param options.onProgress attacks that are done, of how many
 * @throws FrostglassError `aborted`; nothing else: an attack's own error is its `failure`
 */
export async function judgeExhibits(
  exhibits: readonly Exhibit[],
  options: {
    readonly forms: readonly Form[]
    readonly quick: boolean
    readonly signal?: AbortSignal | undefined
    readonly onProgress?: ((done: number, total: number) => void) | undefined
  },
): Promise<ExhibitReport> {
  const { forms, quick, signal, onProgress } = options
  const start = performance.now()
  const total = exhibits.length * forms.length
  let done = 0
  onProgress?.(done, total)
  const judged: JudgedExhibit[] = []
  for (const exhibit of exhibits) {
    const found: Partial<Record<Form, { outcome: Outcome; seconds: number }>> = {}
    const failures: string[] = []
    for (const form of forms) {
      throwIfAborted(signal)
      const from = performance.now()
      try {
        const outcome = await exhibit.run(form, { quick, signal })
        found[form] = { outcome, seconds: (performance.now() - from) / 1000 }
      } catch (error) {
        throwIfAborted(signal)
        failures.push(`${form}: ${error instanceof Error ? error.message : String(error)}`)
      }
      onProgress?.(++done, total)
    }
    const { name, title, claim, source, mended } = exhibit
    const { before, today } = found
    judged.push({
      name,
      title,
      claim,
      source,
      mended,
      unit: (today ?? before)?.outcome.unit ?? null,
      before: before ? written(before) : null,
      today: today ? written(today) : null,
      verdict: verdictOf(before?.outcome, today?.outcome, failures.length > 0),
      failure: failures.length > 0 ? failures.join('; ') : null,
    })
  }
  const status = judged.some(({ verdict }) => verdict === 'broken')
    ? 'broken'
    : judged.every(({ verdict }) => verdict === 'held against this attack')
      ? 'held'
      : 'undecided'
  return {
    format: 'frostglass-exhibits',
    version: 1,
    run: {
      date: new Date().toISOString(),
      frostglass: version,
      quick,
      seconds: (performance.now() - start) / 1000,
    },
    verdict: { status, sentence: sentenceOf(judged, forms) },
    exhibits: judged,
  }
}

function verdictOf(before: Outcome | undefined, today: Outcome | undefined, failed: boolean): ExhibitVerdict {
  // What was found is said, whatever came after it.
  if (today && isBroken(today)) return 'broken'
  if (failed) return 'did not finish'
  if (before && !isBroken(before)) return 'shows nothing'
  return today ? 'held against this attack' : 'broken before'
}

/** Six digits, so that what is a little above a limit is not shown as the limit. */
export function figureText(value: Figure): string {
  if (typeof value === 'string' || value === 0) return String(value)
  const size = Math.abs(value)
  return size < 1e-4 || size >= 1e9
    ? Number(value.toPrecision(6)).toExponential().replace('e+', 'e')
    : value.toLocaleString('en', { maximumSignificantDigits: 6 })
}

const figure = (value: number): Figure => (Number.isFinite(value) ? value : String(value))

const written = ({ outcome, seconds }: { outcome: Outcome; seconds: number }): Measured => ({
  allowed: figure(outcome.allowed),
  measured: figure(outcome.measured),
  seconds,
})

function sentenceOf(judged: readonly JudgedExhibit[], forms: readonly Form[]): string {
  const named = (verdict: ExhibitVerdict) =>
    judged.filter((one) => one.verdict === verdict).map(({ name }) => name)
  const of = (names: readonly string[]) => `${names.length} of ${judged.length}`
  const moot = named('shows nothing')
  const failed = judged.filter(({ failure }) => failure !== null).map(({ name }) => name)
  const rest = [
    ...(moot.length > 0 ? [` On ${moot.join(', ')} the attack failed before, too: that shows nothing.`] : []),
    ...(failed.length > 0 ? [` Not finished, so that nothing is said of it: ${failed.join(', ')}.`] : []),
  ].join('')
  if (!forms.includes('today'))
    return `The forms of before: ${of(named('broken before'))} broken. Today’s were not attacked.${rest}`
  const broken = named('broken')
  return broken.length > 0
    ? `Broken today: ${of(broken)} (${broken.join(', ')}).${rest}`
    : `Today’s forms held against these attacks: ${of(named('held against this attack'))}. Another attack may do better.${rest}`
}
