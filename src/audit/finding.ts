// What every attack is given, and what it hands back: metrics with their interval, their chance and what explains them.
// Source: docs/explanation/reading-a-report.md: an interval and a chance beside every number.
// A finding says what this attack got, and nothing of what another would get.

/**
 * Where the adversary stands. `server`: has the public obfuscator and the original training data; `outsider`: the public
 * obfuscator and data of its own; `blind`: only what left; `leak`: what left, and n rows with their protected forms;
 * `participant`: one of those who train a model together, who has the model of every round and sends what it likes.
 */
export const standpoints = ['server', 'outsider', 'blind', 'leak', 'participant'] as const

/** One of them. */
export type Standpoint = (typeof standpoints)[number]

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

/** What an attack is run with. */
export interface AttackOptions {
  /** Rows that a `leak` adversary knows; others ignore it. */
  readonly known: number
  /** Draws the known rows, and whatever the attack draws. */
  readonly seed: number
  /** `quick`: what a few seconds give; `full`: more restarts, more training. */
  readonly effort: 'quick' | 'full'
  readonly signal?: AbortSignal | undefined
  /** Share done, 0 to 1. */
  readonly onProgress?: ((share: number) => void) | undefined
}

/** What is measured. Shares are from 0 to 1; larger is worse for the owner, always. */
export const metricNames = [
  /** Share of the unseen cells that the guess hits within 5% of the attribute's range (a category: exactly). */
  'cells5',
  /** The same within 1%. */
  'cells1',
  /** R²: share of the variance of the unseen cells that the guess explains, mean over attributes; at most 1. */
  'explained',
  /** Largest absolute correlation of any separated component with an attribute, mean over numeric attributes. */
  'correlation',
  /** Share of rows whose right candidate comes first, or among the first five. */
  'rank1',
  'rank5',
  /** Share of rows whose hidden class is named rightly. */
  'labels',
  /** Mean structural similarity of reconstructed images with the true ones, clipped to 0 … 1. */
  'ssim',
  /** F_a = C / T: share of rows whose sensitive attribute is named rightly. */
  'attribute',
  /** Share of a row's nearest neighbours that are of its class, mean over rows. */
  'purity',
  /** Share of rows of which is told which pane made them. */
  'pane',
  /** Area under the ROC curve of telling the images that a pane was trained on from others; 0.5 is a guess. */
  'member',
  /** Share of the rows of a participant's choice that the model puts into the class of its choice. */
  'steered',
  /** Share of the pictures that a participant makes of a class which it does not hold that an independent model takes for it. */
  'pictured',
  /** Share of the people, or of the attacker's descriptions, for whom exactly one row is left. */
  'singled',
  /** Share of the people whose hidden value the attacker holds for certain, and rightly. */
  'certain',
  /** Mean belief of the attacker in a person's true hidden value. */
  'belief',
  /** Share of the people of whom two parts that are known apart were put together, beyond what is so of strangers. */
  'linked',
  /** Share of the people whose hidden value was inferred, beyond what is so of strangers. */
  'inferred',
  /** Share of the people unlike all others whose row is among the synthetic ones, beyond what is so of strangers. */
  'copied',
] as const

/** One of them. */
export type MetricName = (typeof metricNames)[number]

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
  readonly baseline?: number | undefined
  /**
   * 95% confidence interval of value - chance, where both are of the same rows: narrower than that of the value where
   * attack and guess hit the same people. Of single attributes.
   */
  readonly beyond?: readonly [low: number, high: number] | undefined
  /**
   * Of the rows that the constant guess misses: how many there are, the share that was hit, and its 95% interval. Of hidden
   * numbers; rules that count from chance are judged by it.
   */
  readonly missed?:
    | {
        readonly rows: number
        readonly value: number
        readonly interval: readonly [low: number, high: number]
      }
    | undefined
  /** How many people it is of, where these are not all that were judged. */
  readonly of?: number | undefined
  /** The interval ends at a limit that is proved for every attacker: it says something however little the value is. */
  readonly proved?: true | undefined
  /**
   * What the same attack gets of the data without any protection, where the auditor tried: an attack that gets more than chance
   * there is not too weak here, however little it gets.
   */
  readonly unprotected?: number | undefined
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
  readonly metrics?: readonly Metric[] | undefined
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
  readonly attributes?: readonly AttributeFinding[] | undefined
  /**
   * Of the people of whom the constant guess misses a cell, the tenth of whom the attack recovers most beyond it: mean share
   * of a person's cells. Chance is what the same guesses get when each is taken for somebody else's, of the tenth that luck
   * would choose so.
   */
  readonly people?: readonly Metric[] | undefined
  /** Of images: the one attribute that the finding is about. Of a table with several labels: the one that was named. */
  readonly about?: string | undefined
  /** The most exposed cells, worst first. */
  readonly cells?: readonly CellFinding[] | undefined
  /** What a reader must know to judge the numbers, in whole sentences. */
  readonly notes: readonly string[]
  readonly seconds: number
}

/** The value of a metric of a finding. @throws RangeError when it was not measured. */
export function metricOf(finding: Finding, name: MetricName): Metric {
  const metric = finding.metrics.find((m) => m.name === name)
  if (metric) return metric
  throw new RangeError(`${finding.attack} does not measure ${name}`)
}
