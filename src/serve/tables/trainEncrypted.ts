// A table learnt under encryption: the owner's side, with the untrusted side as another process.
// Source: encrypt/ckks (trainModel.ts, modelProcess.ts). Rows travel in the plain, and the model is encrypted; or both are.
// What ships are the owner's own steps in the plain, once what came back agreed with them at every round trip: the same model as
// without encryption. It does not show that a process which has rows of its own learnt from them.

import { type OpenOptions, readTable, type Table } from '../../data/index.ts'
import { type DryRun, rateThatHolds, requireHeld } from '../../encrypt/ckks/dryRun.ts'
import { costOf, planText, stepsOfLevels } from '../../encrypt/ckks/modelPlan.ts'
import { answersOf, firstWeights, plainTraining } from '../../encrypt/ckks/plainTraining.ts'
import {
  type LabelledRows,
  type ModelCost,
  type ModelPlan,
  planLogistic,
  planNetwork,
  trainInProcess,
} from '../../encrypt/index.ts'
import { exactSigmoid } from '../../encrypt/sigmoidPolynomial.ts'
import { FrostglassError } from '../../errors.ts'
import type { Graph } from '../../graph/contract.ts'
import {
  add,
  clip,
  concat,
  constant,
  graph,
  input,
  matmul,
  mul,
  sigmoid,
  sub,
  writeOnnx,
} from '../../graph/index.ts'
import { scalarLike } from '../../graph/value.ts'
import { readManifestIfAny } from '../../protect/keyed/manifest.ts'
import { cardMetadata } from './card.ts'
import { type Standard, standardise, standardOf, withStandard } from './features.ts'
import { readingOfLabel } from './otherLabels.ts'
import { foldsOf, type Rows, rowsOf } from './trainRows.ts'
import { cardOf } from './trainTable.ts'

/** How {@link trainEncryptedTable} reads the table and trains. */
export interface TrainEncryptedOptions extends Omit<OpenOptions, 'schema' | 'label'> {
  readonly label: string
  /** The class that is told from all others; not needed where there are two. */
  readonly only?: string | undefined
  readonly model: 'logistic' | 'network'
  /** Hidden units of a network. */
  readonly units?: number | undefined
  /** Whether the service is to see no row either; logistic only. */
  readonly encryptRows: boolean
  readonly steps: number
  /** Chosen by a dry run in the plain if absent: the largest of 1 (of a network 0.1), a half of it, a quarter … that holds. */
  readonly learningRate?: number | undefined
  /** Levels of the modulus: a multiple of those of a step. Default: one step's, and a refresh behind each. */
  readonly levels?: number | undefined
  readonly seed: number
  /** Told the plan before anything runs. */
  readonly onPlan?: ((text: string, cost: ModelCost) => void) | undefined
  /** Ends behind the plan. */
  readonly planOnly?: boolean | undefined
  readonly signal?: AbortSignal | undefined
  /** Called with how much is done of how much. */
  readonly onProgress?: ((done: number, of: number) => void) | undefined
}

/** Shares of held-out rows that are answered rightly. */
export interface EncryptedOutcome {
  readonly heldOut: number
  /** By the model that is written. */
  readonly encrypted: number
  /** The same steps in the plain, with the sigmoid itself. */
  readonly plain: number
  /** Share of held-out rows on which both agree. */
  readonly agree: number
  readonly roundTrips: number
  readonly bytesUp: number
  readonly bytesDown: number
  readonly seconds: number
  /** Of these: for the owner's own steps, and comparing what came back. */
  readonly checkSeconds: number
}

/** The learning rate, and what the steps reach with it on plain numbers. */
export interface RateOutcome {
  readonly rate: number
  /** Whether a dry run chose it. */
  readonly chosen: boolean
  /** Largest |z| against the range that the sigmoid's polynomial was fitted on; a network's hidden units have none. */
  readonly reached: { readonly largest: number; readonly reach: number | null }
  readonly largestWeight: number
  /** Whether |z| stays in that range; of a network, whether its errors end below their start. */
  readonly learns: boolean
}

/** A model that was learnt under encryption, and what it took. */
export interface TrainedEncrypted {
  /** In words, with the learning rate. */
  readonly plan: string
  readonly learningRate: RateOutcome
  readonly cost: ModelCost
  readonly rows: number
  readonly features: number
  readonly classes: readonly [string, string]
  readonly warnings: readonly string[]
  /** Absent behind `planOnly`. */
  readonly trained: { readonly bytes: Uint8Array; readonly outcome: EncryptedOutcome } | null
}

/**
 * Learns a label of two classes from four fifths of a table, and measures on the rest. Steps are taken in the plain first:
 * what would outgrow the parameters is refused before there are keys.
 * @throws FrostglassError `input` for a table that cannot be learnt from, a learning rate that leaves the range, and a process
 * that sends back anything else than the steps; `usage` for other labels, encrypted rows of a network or with several steps
 * between refreshes, levels that are no whole steps, more features than a ciphertext holds or keys than memory; `io` for a
 * process that ends; `aborted`
 */
export async function trainEncryptedTable(
  path: string,
  options: TrainEncryptedOptions,
): Promise<TrainedEncrypted> {
  const { label, task, steps, seed, signal, ...rest } = options
  const manifest = await readManifestIfAny(path)
  const { reading, warnings } = await readingOfLabel(path, label, manifest, rest)
  const table = await readTable(path, {
    ...rest,
    ...reading,
    label,
    task: task ?? 'class',
    signal,
  })
  const rows = rowsOf(table, path)
  const { names: classes, second } = classesOf(table, path, options)
  const { train, test } = foldsOf(rows, 5, seed)[0]!
  const standard = standardOf(rows.x, rows.width, train)
  if (!standard.deviation.every(Number.isFinite))
    throw new FrostglassError(
      'input',
      `${path}: a column has numbers too large to be standardised`,
      'Leave it out, or give it in another unit.',
    )
  const x = standardise(rows.x, standard)
  const learnt = partOf(rows, x, train, second)
  const { plan, first, learningRate } = plannedFor(options, learnt)
  const cost = costOf(plan)
  const text = `${planText(plan, steps)}\n${rateText(learningRate)}`
  options.onPlan?.(text, cost)
  const shown = {
    plan: text,
    learningRate,
    cost,
    rows: table.rows,
    features: rows.width,
    classes,
    warnings: [...table.warnings, ...warnings],
  }
  if (options.planOnly) return { ...shown, trained: null }
  const plain = plainTraining(plan, learnt, steps, first, exactSigmoid)
  const found = await trainInProcess(plan, learnt, {
    first,
    steps,
    signal,
    onProgress: options.onProgress,
  })
  const held = partOf(rows, x, test, second)
  const [ours, theirs] = [found.published, plain.weights].map((model) => answersOf(plan, model, held)) as [
    Uint8Array,
    Uint8Array,
  ]
  const same = (a: Uint8Array, b: Uint8Array) => a.filter((v, i) => v === b[i]).length / a.length
  const bytes = writeOnnx(shippedGraph(plan, found.published, standard), {
    metadata: cardMetadata({
      ...cardOf(table),
      label: { name: label, task: 'class', classes: [...classes] },
    }),
  })
  const { roundTrips, bytesUp, bytesDown, seconds, checkSeconds } = found
  return {
    ...shown,
    trained: {
      bytes,
      outcome: {
        heldOut: test.length,
        encrypted: same(ours, held.labels),
        plain: same(theirs, held.labels),
        agree: same(ours, theirs),
        roundTrips,
        bytesUp,
        bytesDown,
        seconds,
        checkSeconds,
      },
    },
  }
}

/** The two classes, and which codes of the label are the second. */
function classesOf(
  { schema }: Table,
  path: string,
  { label, only, model, encryptRows }: TrainEncryptedOptions,
): { readonly names: readonly [string, string]; readonly second: number } {
  if (encryptRows && model === 'network')
    throw new FrostglassError(
      'usage',
      'a network learns from rows in the plain only',
      'Take --model logistic with --encrypt-rows.',
    )
  const classes = schema.label?.task === 'class' ? schema.label.classes.map(String) : []
  const shown = classes.slice(0, 8).join(', ')
  if (only !== undefined) {
    const second = classes.indexOf(only)
    if (second >= 0) return { names: [`not ${only}`, only], second }
    throw new FrostglassError(
      'usage',
      `${path}: '${label}' has no class '${only}'`,
      `Name one that it has: ${shown}.`,
    )
  }
  const [a, b] = classes
  if (classes.length === 2) return { names: [a!, b!], second: 1 }
  throw new FrostglassError(
    'usage',
    `${path}: '${label}' has ${classes.length} classes, and two are learnt`,
    `Tell one from all others: --class ${classes[0] ?? 'NAME'}.`,
  )
}

/** Some rows with a constant behind their features. */
function partOf({ width, y }: Rows, x: Float64Array, part: Int32Array, second: number): LabelledRows {
  const features = width + 1
  return {
    x: Float32Array.from({ length: part.length * features }, (_, at) => {
      const column = at % features
      return column === width ? 1 : x[part[Math.floor(at / features)]! * width + column]!
    }),
    labels: Uint8Array.from(part, (row) => (y[row] === second ? 1 : 0)),
  }
}

/** The plan with its learning rate, as far as a dry run holds. */
function plannedFor(
  options: TrainEncryptedOptions,
  rows: LabelledRows,
): { readonly plan: ModelPlan; readonly first: Float64Array[]; readonly learningRate: RateOutcome } {
  const { model, steps, seed, learningRate: given } = options
  const asked = planFor(options, rows, given ?? (model === 'logistic' ? 1 : 0.1))
  const first = firstWeights(asked, seed)
  const { plan, run } =
    given === undefined
      ? rateThatHolds(asked, rows, first, steps, asked.learningRate)
      : { plan: asked, run: requireHeld(asked, rows, first, steps) }
  return { plan, first, learningRate: rateOf(plan, run, given === undefined) }
}

const rateOf = (
  plan: ModelPlan,
  { largest, largestWeight, learns }: DryRun,
  chosen: boolean,
): RateOutcome => ({
  rate: plan.learningRate,
  chosen,
  reached: { largest, reach: plan.model === 'logistic' ? plan.sigmoid.reach : null },
  largestWeight,
  learns,
})

function rateText({ rate, chosen, reached, largestWeight, learns }: RateOutcome): string {
  const { largest, reach } = reached
  const reaches =
    reach === null ? `hidden units up to ${largest.toFixed(1)}` : `|z| up to ${largest.toFixed(1)}`
  const far = reach === null ? 'errors grow' : `beyond the ${reach} that the polynomial is fitted for`
  return [
    `learning rate ${rate}, ${chosen ? 'the largest of halvings that holds' : 'as given'}: ${reaches}, weights up to ${largestWeight.toPrecision(2)}, by the same steps on plain numbers`,
    ...(learns ? [] : [`${far}: a lower learning rate or fewer steps would do better`]),
  ].join('\n')
}

function planFor(
  { model, units, encryptRows, levels }: TrainEncryptedOptions,
  { x, labels }: LabelledRows,
  learningRate: number,
): ModelPlan {
  const sizes = {
    rows: labels.length,
    features: x.length / labels.length,
    learningRate,
    stepsPerRefresh: levels === undefined ? undefined : stepsOfLevels(model, levels),
  }
  return model === 'logistic'
    ? planLogistic({ ...sizes, encryptedData: encryptRows })
    : planNetwork({ ...sizes, units })
}

/** The model in the plain: rows of a table to the probabilities of both classes. */
function shippedGraph(plan: ModelPlan, weights: readonly Float64Array[], standard: Standard): Graph {
  const width = plan.features - 1
  const x = input('x', ['N', width])
  const reading = (unitWeights: ArrayLike<number>) => {
    const all = Array.from(unitWeights)
    return add(matmul(x, constant(all.slice(0, width), [width, 1])), constant([all[width]!], [1]))
  }
  const probability = () => {
    if (plan.model === 'logistic') return sigmoid(reading(weights[0]!))
    const sum = weights.slice(0, plan.units).reduce(
      (total, unitWeights, unit) => {
        const h = reading(unitWeights)
        const answer = add(mul(h, h), mul(h, scalarLike(h, plan.linear)))
        const part = mul(answer, scalarLike(answer, weights[plan.units + unit]![0]!))
        return total ? add(total, part) : part
      },
      undefined as ReturnType<typeof reading> | undefined,
    )!
    // Its targets are −1 and 1.
    return clip(mul(add(sum, scalarLike(sum, 1)), scalarLike(sum, 0.5)), 0, 1)
  }
  const second = probability()
  const probabilities = concat([sub(scalarLike(second, 1), second), second], 1)
  return withStandard(graph({ inputs: [x], outputs: { probabilities } }), standard, { mean: 0, deviation: 1 })
}
