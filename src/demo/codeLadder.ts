// What `/codes` shows: one pane of digits, its codes merged to fewer and fewer, and each number of them certified.
// Source: src/protect/certified/PROOF.md: all rungs are fixed before the calibration rows are opened, once, and each limit is at δ / m.
// A few epochs on few digits: the certificate says what that is worth; `frostglass reproduce certified` is the place for fine numbers.

import type { ImageSet, Labels } from '../data/index.ts'
import { rowsCutBy } from '../protect/certified/certifiedRows.ts'
import { certify } from '../protect/certified/certify.ts'
import { fewerCodes } from '../protect/certified/chooseCodes.ts'
import { priceOfTable } from '../protect/certified/codePrices.ts'
import { takeRows } from '../protect/certified/codeRows.ts'
import { type CodeSource, imageSource } from '../protect/certified/codeSources.ts'
import { fitCodePane } from '../protect/certified/fitCodePane.ts'
import { recordsOf, takeCertified } from '../protect/certified/issueCodePane.ts'
import { defaultShares, splitUnits } from '../protect/certified/splitUnits.ts'
import { countByLabel, countUnits } from '../protect/certified/table.ts'
import { unitsACode } from '../protect/certified/verdict.ts'
import { sha256Of } from '../protect/learned/classifier.ts'

/** How often each limit on the page may be wrong, all of them together. */
export const ladderDelta = 0.001

/** Cells of each label before they are merged. */
const cut = 6

/** What is hidden: which digit it is. */
const hiddenName = 'digit'

/** One number of codes. Shares in 0 … 1. */
export interface Rung {
  readonly codes: number
  /** Labels read rightly off the code, among calibration units. */
  readonly accuracy: number
  /** Share of the label's information. */
  readonly information: number
  readonly estimate: number
  readonly upper: number
  /** Of each shown digit: its code, and what the service reads in it, the likeliest first. */
  readonly read: readonly {
    readonly code: number
    readonly labels: readonly (readonly [label: string, share: number])[]
  }[]
}

/** All that was measured. JSON. */
export interface Ladder {
  /** Calibration images, and those that were learned from. */
  readonly units: number
  readonly learned: number
  /** Of each limit. */
  readonly delta: number
  readonly blind: number
  readonly floor: number
  readonly rungs: readonly Rung[]
  /** The shown digits, of which nothing was learned: which, and 784 bytes in base64. */
  readonly digits: readonly { readonly digit: string; readonly pixels: string }[]
}

/** Trains, merges, certifies. @throws FrostglassError as these do */
export async function climbCodes(
  images: ImageSet,
  options: {
    readonly epochs?: number | undefined
    readonly seed?: number | undefined
    readonly threads?: number | undefined
    readonly signal?: AbortSignal | undefined
    readonly onProgress?: ((share: number) => void) | undefined
  } = {},
): Promise<Ladder> {
  const { seed = 0, signal } = options
  const source = askedForParity(images)
  const split = splitUnits(source.units, { shares: defaultShares, seed })
  const rows = rowsCutBy(source, split.train.rows)(source, source.inputs(split.train.rows).x)
  const hidden = rows.attributes[hiddenName]!
  const labels = source.label.names.length
  // More than one code in a hundred units say more of the units than of the law.
  const most = Math.min(cut * labels, Math.floor(split.calibration.units / unitsACode))
  const fitted = await fitCodePane(
    { name: source.name, x: rows.x, columns: null, label: source.label, attribute: hidden },
    split,
    { ...options, seed, codes: most, cells: cut },
  )
  try {
    const rungs = [...sizesOf(labels, fitted.codes.labelOf.length)].map((codes) =>
      fewerCodes(fitted.codes, { codes, beta: 1 }),
    )
    const fixed = rungs.map(({ codeOf }) => ({
      pane: fitted.fixed.pane,
      codebook: sha256Of(new TextEncoder().encode(JSON.stringify(codeOf))),
    }))
    const opened = split.calibration.open(fixed)
    const calibration = takeCertified(rows, opened.rows)
    const finest = await fitted.pane.release(calibration.x, { signal })
    const digits = digitsShown(split.attackTest.rows, hidden)
    const seen = await fitted.pane.release(takeRows(rows.x, digits), { signal })
    const certified = rungs.map((rung) => {
      // A rung names cells; the pane has released codes, of which each is of one rung's code.
      const codeOf = new Map(fitted.codes.codeOf.map((fine, cell) => [fine, rung.codeOf[cell]!]))
      const told = (of: Int32Array) => of.map((code) => codeOf.get(code)!)
      const records = recordsOf(calibration, hiddenName, told(finest))
      const shape = { codes: rung.labelOf.length }
      const table = countUnits(records, shape)
      const given = countByLabel(records, shape)
      const result = certify(table, {
        delta: ladderDelta,
        candidates: opened.candidates,
        unit: 'image',
        given,
      })
      return { result, price: priceOfTable(table, given), read: told(seen), rung }
    })
    const first = certified[0]!.result
    const size = images.pixels.length / images.count
    return {
      units: first.units,
      learned: split.train.units,
      delta: first.deltaEach,
      blind: first.blind,
      floor: first.floor!.estimate,
      rungs: certified.map(({ result, price, read, rung }) => ({
        codes: price.codes,
        accuracy: price.accuracy,
        information: price.information,
        estimate: result.estimate,
        upper: result.upper,
        read: Array.from(read, (code) => ({
          code,
          labels: likeliest(rung.byLabel[code]!, source.label.names),
        })),
      })),
      digits: Array.from(digits, (row) => ({
        digit: hidden.names[hidden.of[row]!]!,
        pixels: Buffer.from(images.pixels.subarray(row * size, (row + 1) * size)).toString('base64'),
      })),
    }
  } finally {
    await fitted.pane.close()
  }
}

/** Digits of which a service may know whether they are odd, and nothing else. */
function askedForParity(images: ImageSet): CodeSource {
  const { label: digit, ...source } = imageSource(images, { hide: ['folder'] })
  const odd = digit.names.map((name) => Number(name) % 2)
  return {
    ...source,
    label: { names: ['even', 'odd'], of: digit.of.map((y) => odd[y]!) },
    hidden: { [hiddenName]: digit },
  }
}

/** From one code a label on, at most seven numbers, each by the same factor. */
function sizesOf(labels: number, most: number): ReadonlySet<number> {
  const ratio = Math.max(1, most / labels)
  return new Set(Array.from({ length: 7 }, (_, i) => Math.round(labels * ratio ** (i / 6))))
}

/** The two labels that training and validation rows of the code have most. */
function likeliest(counts: readonly number[], names: readonly string[]): [string, number][] {
  const all = counts.reduce((a, b) => a + b, 0)
  return counts
    .map((count, y): [string, number] => [names[y]!, count / all])
    .sort((a, b) => b[1] - a[1])
    .slice(0, 2)
}

/** The first of each digit. */
const digitsShown = (rows: Int32Array, { names, of }: Labels): Int32Array =>
  Int32Array.from(names, (_, digit) => rows.find((row) => of[row] === digit) ?? -1).filter((row) => row >= 0)
