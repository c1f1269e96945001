// The contract of an attack and of what it finds.
// Source: ARCHITECTURE, "Contracts": { name, standpoint, needs, run(evidence) → Finding }.
// A new attack is one file that exports an Attack, and one line in index.ts.

import type { Attribute, Evidence } from './evidence.ts'

/**
 * Where the adversary stands. `server`: has the public obfuscator and the original training data; `outsider`: the public
 * obfuscator and data of its own; `blind`: only what left; `leak`: what left, and n rows with their protected forms.
 */
export type Standpoint = 'server' | 'outsider' | 'blind' | 'leak'

/** Everything that leaves with a protected table; what no attack reads stays to be tried. */
export const releasedParts = [
  /** The protected columns. */
  'columns',
  /** The label column of a table with classes: code names in place of names. */
  'classes',
  /** The label column of a table with a number to be predicted: that number through a secret line. */
  'target',
  /** In which order the rows stand. */
  'order',
  /** What the manifest says: numbers of rows and columns, the kind of label, the key's fingerprint. */
  'manifest',
] as const

/** One of them. */
export type ReleasedPart = (typeof releasedParts)[number]

/** What adversaries hold besides what left, the scheme and the schema, which everybody is taken to know. */
export const holdings = [
  /** Rows in both forms: standpoint `leak`. */
  'pairs',
  /** Raw rows of half of the people in the release, their labels among them, without knowing whose row is whose. */
  'people',
  /** Raw rows of other people of the same population, as from a public data set. */
  'strangers',
  /** The distribution of each attribute and of the label, as from a public data set. */
  'distributions',
  /** Of some rows, who is above whom in each attribute, and no value. */
  'ranks',
] as const

/** One of them. */
export type Holding = (typeof holdings)[number]

export interface AttackOptions {
  /** Rows that a `leak` adversary knows; others ignore it. */
  readonly known: number
  /** Draws the known rows, and whatever the attack draws. */
  readonly seed: number
  /** `quick`: what a few seconds give; `full`: more restarts, more training. */
  readonly effort: 'quick' | 'full'
  readonly signal?: AbortSignal
  /** Share done, 0 to 1. */
  readonly onProgress?: (share: number) => void
}

/** What is measured. Shares are from 0 to 1; larger is worse for the owner, always. */
export type MetricName =
  /** Share of the unseen cells that the guess hits within 5% of the attribute's range (a category: exactly). */
  | 'cells5'
  /** The same within 1%. */
  | 'cells1'
  /** R²: share of the variance of the unseen cells that the guess explains, mean over attributes; at most 1. */
  | 'explained'
  /** Largest absolute correlation of any separated component with an attribute, mean over numeric attributes. */
  | 'correlation'
  /** Share of rows whose right candidate comes first, or among the first five. */
  | 'rank1'
  | 'rank5'
  /** Share of rows whose hidden class is named rightly. */
  | 'labels'
  /** Mean structural similarity of reconstructed images with the true ones, clipped to 0 … 1. */
  | 'ssim'
  /** F_a = C / T: share of rows whose sensitive attribute is named rightly. */
  | 'attribute'
  /** Share of a row's nearest neighbours that are of its class, mean over rows. */
  | 'purity'
  /** Share of rows of which is told which pane made them. */
  | 'pane'
  /** Area under the ROC curve of telling the images that a pane was trained on from others; 0.5 is a guess. */
  | 'member'

/** One measured number with its context. */
export interface Metric {
  readonly name: MetricName
  readonly value: number
  /** 95% confidence interval: bootstrap over rows. */
  readonly interval: readonly [low: number, high: number]
  /**
   * What an adversary without the released data would get: the mean (R²), the one value that hits most cells within the
   * tolerance, the most frequent category, or a random guess.
   */
  readonly chance: number
  /**
   * What is no leak though it is no chance: the best linear guess of a cell from the row's other *true* cells, fitted to
   * the known rows. Of `correlation`: that of the released columns as they are, which is a leak, but no attack's work.
   * Absent where it makes no sense.
   */
  readonly baseline?: number
  /**
   * 95% confidence interval of value - chance, where both are of the same rows: narrower than that of the value where
   * attack and guess hit the same people. Of single attributes.
   */
  readonly beyond?: readonly [low: number, high: number]
  /**
   * Of the rows that the constant guess misses: how many there are, the share that was hit, and its 95% interval. Of hidden
   * numbers; rules that count from chance are judged by it.
   */
  readonly missed?: {
    readonly rows: number
    readonly value: number
    readonly interval: readonly [low: number, high: number]
  }
  /** How many people it is of, where these are not all that were judged. */
  readonly of?: number
}

/** How one attribute fared. */
export interface AttributeFinding {
  readonly name: string
  /** R² for a number; share of the wrong guesses that were avoided for a category. */
  readonly explained: number
  readonly within1: number
  readonly within5: number
  /** Median |guess - truth| relative to the range; for a category the share of wrong guesses. */
  readonly medianError: number
  /** Largest |guess - truth| relative to the range. */
  readonly largestError: number
  /** The same shares of people with intervals and chance, for rules that name an attribute; absent where not measured. */
  readonly metrics?: readonly Metric[]
}

/** A cell that the adversary knows far better than chance. Holds no value of the table. */
export interface CellFinding {
  /** Row number in the audited table, from 0. */
  readonly row: number
  readonly attribute: string
  /** |guess - truth| relative to the range. */
  readonly error: number
  /** The same for a guess by chance. */
  readonly chanceError: number
}

/** What one attack found. JSON. */
export interface Finding {
  /** Name of the attack. */
  readonly attack: string
  readonly title: string
  readonly standpoint: Standpoint
  /** Rows that the adversary knew; 0 unless the standpoint is `leak`. */
  readonly known: number
  /** Rows that it was judged on. */
  readonly rows: number
  /** The headline first. */
  readonly metrics: readonly Metric[]
  readonly attributes?: readonly AttributeFinding[]
  /**
   * Of the people of whom the constant guess misses a cell, the tenth of whom the attack recovers most beyond it: mean share
   * of a person's cells. Chance is what the same guesses get when each is taken for somebody else's, of the tenth that luck
   * would choose so.
   */
  readonly people?: readonly Metric[]
  /** Of images: the one attribute that the finding is about. Of a table with several labels: the one that was named. */
  readonly about?: string
  /** The most exposed cells, worst first. */
  readonly cells?: readonly CellFinding[]
  /** What a reader must know to judge the numbers, in whole sentences. */
  readonly notes: readonly string[]
  readonly seconds: number
}

/** An attack. */
export interface Attack {
  /** Kebab case, e.g. `linear-inversion`. */
  readonly name: string
  readonly title: string
  readonly standpoint: Standpoint
  /** What it is after: values of cells, whose row is whose, or the hidden labels. */
  readonly aim: 'cells' | 'rows' | 'labels'
  /** Which parts of the release it looks at. */
  readonly reads: readonly ReleasedPart[]
  /** What its adversary must hold. */
  readonly holds: readonly Holding[]
  /** What the adversary must have, in one sentence. */
  readonly needs: string
  /** Where it comes from: paper, section. */
  readonly source: string
  /** The fewest known rows that it can work with; 0 unless the standpoint is `leak`. */
  readonly fewest: number
  /** Kinds of attributes that an attack on cells tries to guess; all if absent. Of others it gets no metric. */
  readonly guesses?: readonly Attribute['kind'][]
  /** Whether it can work on this evidence at all, e.g. only on tables with classes, or on one protection. */
  applies(evidence: Evidence): boolean
  /** Where it does not apply: why, in a whole sentence for the list of what was not tried; undefined for no special reason. */
  whyNot?(evidence: Evidence): string | undefined
  /** @throws FrostglassError `aborted`; RangeError for fewer known rows than `fewest`. */
  run(evidence: Evidence, options: AttackOptions): Promise<Finding>
}

/** Whether an attack on cells tries to guess an attribute. */
export function triesToGuess({ guesses }: Pick<Attack, 'guesses'>, { kind }: Attribute): boolean {
  return guesses === undefined || guesses.includes(kind)
}

/**
 * How many rows an attack's adversary knows: those of the options at standpoint `leak`, else none.
 * @throws RangeError for fewer than the attack's `fewest`.
 */
export function knownBy(
  attack: Pick<Attack, 'name' | 'standpoint' | 'fewest'>,
  options: AttackOptions,
): number {
  const known = attack.standpoint === 'leak' ? options.known : 0
  if (known >= attack.fewest) return known
  throw new RangeError(`${attack.name} needs ${attack.fewest} known rows or more, but ${known} came`)
}

/** The value of a metric of a finding. @throws RangeError when it was not measured. */
export function metricOf(finding: Finding, name: MetricName): Metric {
  const metric = finding.metrics.find((m) => m.name === name)
  if (metric) return metric
  throw new RangeError(`${finding.attack} does not measure ${name}`)
}
