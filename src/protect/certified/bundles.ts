// What several releases of one person tell together: the certificate of bundles of k windows.
// Source: theorem D of PROOF.md (Hoeffding 1963, section 5: U-statistics); both readings of what is independent.
// It over-fits where k is a good part of a group's windows: correct and loose from then on.

import { FrostglassError } from '../../errors.ts'
import { type Random, seededStream } from '../../random/seeded.ts'
import { deltaOfEach } from './certify.ts'
import { klUpper } from './limits.ts'
import { type CodeGroups, requireGroups } from './table.ts'

/**
 * What the groups of windows are:
 *
 * - `windows`: the groups are all there are (users, or users in one activity), and a group's windows are independent draws
 *   of it. A bundle is k fresh windows of a group, drawn in proportion to how many bundles it has.
 * - `sessions`: the groups are drawn independently, and inside one anything may depend on anything. A bundle is k windows
 *   of a fresh session, drawn at random from it.
 */
export type BundleReading = 'windows' | 'sessions'

/** How bundles are certified. */
export interface CertifyBundlesOptions {
  readonly reading: BundleReading
  /** k from 1 to this. */
  readonly most: number
  /** As of a table's certificate; and every k has its share, whichever is looked at. */
  readonly delta: number
  readonly candidates?: number | undefined
  readonly attributesCertified?: number | undefined
}

/** What k releases tell. */
export interface BundleLimit {
  readonly k: number
  /** The independent bundles behind the limit: N. */
  readonly bundles: number
  /** V̂_k, or a Monte Carlo mean for it. */
  readonly estimate: number
  readonly upper: number
  /** Draws behind the estimate, whose own limit is in `upper`; 0 where every histogram was counted. */
  readonly draws: number
}

/**
 * Limits for bundles of k = 1 … `most` windows; those k that no group has windows for are left out.
 * @throws FrostglassError 'usage' or 'input' for groups or options that are none
 */
export function certifyBundles(
  groups: CodeGroups,
  { reading, most, ...delta }: CertifyBundlesOptions,
): readonly BundleLimit[] {
  requireGroups(groups)
  if (!Number.isSafeInteger(most) || most < 1)
    throw new FrostglassError(
      'usage',
      `a bundle has at least 1 window, not ${most}`,
      'Give the most releases of one person.',
    )
  const limits: BundleLimit[] = []
  for (let k = 1; k <= most; k++) {
    const law = bundleLaw(groups, k, reading)
    if (law.bundles === 0) break
    limits.push(limitOf(law, deltaOfEach(delta) / most))
  }
  return limits
}

/** Up to so many pairs of a histogram and a group are counted, all of them; beyond, bundles are drawn. */
const COUNTED = 2_500_000
const DRAWS = 4000

/** Bundles of k windows of these groups, each group with its weight. */
interface BundleLaw {
  readonly k: number
  readonly codes: number
  readonly attributes: number
  /** Independent bundles. */
  readonly bundles: number
  readonly groups: readonly WeightedGroup[]
  /** ln of n choose k, for all that comes up here. */
  readonly logChoose: (n: number, k: number) => number
}

interface WeightedGroup {
  readonly attribute: number
  readonly counts: readonly number[]
  readonly weight: number
  /** The logarithm of how many bundles the group's windows make. */
  readonly choices: number
}

function bundleLaw({ codes, attributes, groups }: CodeGroups, k: number, reading: BundleReading): BundleLaw {
  const sized = groups.map((group) => ({ ...group, windows: group.counts.reduce((a, b) => a + b, 0) }))
  const enough = sized.filter(({ windows }) => windows >= k)
  const each = enough.map(({ windows }) => (reading === 'windows' ? Math.floor(windows / k) : 1))
  const bundles = each.reduce((a, b) => a + b, 0)
  const logChoose = logChooser(enough.reduce((n, { windows }) => Math.max(n, windows), codes + k))
  return {
    k,
    codes,
    attributes: attributes.length,
    bundles,
    groups: enough.map(({ attribute, counts, windows }, g) => ({
      attribute,
      counts,
      weight: each[g]! / bundles,
      choices: logChoose(windows, k),
    })),
    logChoose,
  }
}

function limitOf(law: BundleLaw, delta: number): BundleLimit {
  const { k, bundles, codes, groups, logChoose } = law
  if (Math.exp(logChoose(codes + k - 1, k)) * groups.length <= COUNTED) {
    const estimate = Math.min(1, counted(law))
    return { k, bundles, estimate, upper: klUpper(estimate, bundles, delta), draws: 0 }
  }
  const estimate = drawn(law)
  // The mean of the draws is a sample of V̂_k: half of δ for that, half for the step from V̂_k to V_k.
  const atMost = klUpper(estimate, DRAWS, delta / 2)
  return { k, bundles, estimate, upper: klUpper(atMost, bundles, delta / 2), draws: DRAWS }
}

/** V̂_k, over every histogram of k windows that a group can have. */
function counted({ k, codes, attributes, groups, logChoose }: BundleLaw): number {
  const chances = groups.map(({ weight, choices }) => Math.log(weight) - choices)
  let total = 0
  const visit = (code: number, left: number, logs: readonly number[], live: readonly number[]): void => {
    if (code === codes - 1) {
      const best = new Float64Array(attributes)
      for (const [i, g] of live.entries()) {
        const { attribute, counts } = groups[g]!
        if (counts[code]! >= left) best[attribute]! += Math.exp(logs[i]! + logChoose(counts[code]!, left))
      }
      total += Math.max(...best)
      return
    }
    for (let taken = 0; taken <= left; taken++) {
      // Groups without so many windows of this code have no such histogram.
      const next = live.map((_, i) => i).filter((i) => groups[live[i]!]!.counts[code]! >= taken)
      if (next.length > 0)
        visit(
          code + 1,
          left - taken,
          next.map((i) => logs[i]! + logChoose(groups[live[i]!]!.counts[code]!, taken)),
          next.map((i) => live[i]!),
        )
    }
  }
  visit(
    0,
    k,
    chances,
    groups.map((_, g) => g),
  )
  return total
}

/** The mean of the posterior's maximum over bundles that are drawn of the groups: V̂_k, but for the draws. */
function drawn({ k, attributes, groups: given, logChoose }: BundleLaw): number {
  const groups = inOneOrder(given)
  // Public and fixed: whoever checks the certificate draws the same, and nobody chooses.
  const random = seededStream(0, 'bundles', k)
  let total = 0
  for (let draw = 0; draw < DRAWS; draw++) {
    const histogram = windowsOf(groupAt(groups, random.uniform()).counts, k, random)
    const chances = groups.map(({ counts, weight, choices }) => {
      let log = Math.log(weight) - choices
      for (const [code, taken] of histogram) {
        if (counts[code]! < taken) return 0
        log += logChoose(counts[code]!, taken)
      }
      return Math.exp(log)
    })
    const best = new Float64Array(attributes)
    for (const [g, chance] of chances.entries()) best[groups[g]!.attribute]! += chance
    total += Math.max(...best) / best.reduce((a, b) => a + b, 0)
  }
  return Math.min(1, total / DRAWS)
}

/**
 * The groups and their codes in an order that neither names nor places give: who draws by the order that was given could try many,
 * and keep the draws that suit.
 */
function inOneOrder(groups: readonly WeightedGroup[]): readonly WeightedGroup[] {
  const codes = groups[0]!.counts.length
  const sizes = (of: readonly number[]): string =>
    of
      .toSorted((a, b) => a - b)
      .map((n) => String(n).padStart(16, '0'))
      .join()
  /** What is behind each attribute: the sizes of its groups. */
  const behind = Map.groupBy(groups, ({ attribute }) => attribute)
  const attributeKey = new Map(
    [...behind].map(([attribute, own]) => [
      attribute,
      sizes(own.map(({ counts }) => counts.reduce((a, b) => a + b, 0))),
    ]),
  )
  const codeKey = Array.from({ length: codes }, (_, code) => sizes(groups.map(({ counts }) => counts[code]!)))
  const order = [...codeKey.keys()].sort((a, b) => compare(codeKey[a]!, codeKey[b]!))
  const keyed = groups.map((group) => {
    const counts = order.map((code) => group.counts[code]!)
    const key = `${attributeKey.get(group.attribute)};${counts.map((n) => String(n).padStart(16, '0')).join()}`
    return { key, group: { ...group, counts } }
  })
  return keyed.sort((a, b) => compare(a.key, b.key)).map(({ group }) => group)
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function groupAt(groups: readonly WeightedGroup[], at: number): WeightedGroup {
  let below = 0
  for (const group of groups) {
    below += group.weight
    if (at < below) return group
  }
  return groups.at(-1)!
}

/** k windows without replacement: how many of each code. */
function windowsOf(counts: readonly number[], k: number, random: Random): ReadonlyMap<number, number> {
  const left = [...counts]
  const histogram = new Map<number, number>()
  let windows = left.reduce((a, b) => a + b, 0)
  for (let i = 0; i < k; i++) {
    let at = random.below(windows--)
    let code = 0
    while (at >= left[code]!) at -= left[code++]!
    left[code]! -= 1
    histogram.set(code, (histogram.get(code) ?? 0) + 1)
  }
  return histogram
}

/** ln of n choose k for 0 ≤ k ≤ n ≤ most, from sums of logarithms. */
function logChooser(most: number): (n: number, k: number) => number {
  const factorials = new Float64Array(most + 1)
  for (let n = 2; n <= most; n++) factorials[n] = factorials[n - 1]! + Math.log(n)
  return (n, k) => factorials[n]! - factorials[k]! - factorials[n - k]!
}
