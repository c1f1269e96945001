// The best random release: which output for which code, so that least is told of the attribute at a given accuracy.
// Source: the linear programme and the lemma of PROOF.md, "How many outputs"; solved by HiGHS (Huangfu and Hall 2018).
// Best for the tables that it is given, training and validation's; what it is worth on others, the certificate says.

import type { Model } from 'highs'
import { FrostglassError } from '../../errors.ts'
import { percent } from '../../statistics/figures.ts'

/** What a channel is solved from; rows are codes, both tables are counts, or weights, of units. */
export interface ChannelTables {
  /** byLabel[code][true label]. */
  readonly byLabel: readonly (readonly number[])[]
  /** byAttribute[code][hidden attribute]. */
  readonly byAttribute: readonly (readonly number[])[]
}

/** A law over outputs for each code. */
export interface Channel {
  /** channel[code][output]: rows add up to 1. At most labels × attributes outputs are enough. */
  readonly channel: readonly (readonly number[])[]
  /** The label that an output stands for. The attribute that it is the best guess of is bookkeeping: a service gets the number. */
  readonly outputs: readonly { readonly label: number; readonly guess: number }[]
  /** How often the output's label is the true one, in the tables. */
  readonly accuracy: number
  /** The best attacker's success in the tables: an estimate of what training data say, not a limit. */
  readonly success: number
}

/**
 * The channel of least success among those of an accuracy.
 *
 * @param accuracy in 0 … 1: what the service needs
 * @throws FrostglassError 'usage' for tables that do not fit, or for more accuracy than the codes have
 */
export async function optimalChannel(
  tables: ChannelTables,
  { accuracy }: { readonly accuracy: number },
): Promise<Channel> {
  const joint = jointOf(tables)
  const most = mostAccurate(joint)
  if (!(accuracy >= 0 && accuracy <= most + 1e-9))
    throw new FrostglassError(
      'usage',
      `these codes have an accuracy of at most ${percent(most, 2)}, and ${percent(accuracy, 2)} is asked`,
      'Ask for less, take more codes, or train a pane that does better.',
    )
  return await solving(joint, (solve) => solve({ accuracy: Math.min(accuracy, most) }))
}

/**
 * All that can be had: the corners of the curve of success against accuracy, from the most accurate down to one constant answer.
 * Channels between two corners are mixtures of both. Corners that change the curve by less than `tolerance` are left out.
 */
export async function channelFrontier(
  tables: ChannelTables,
  { tolerance = 1e-4 }: { readonly tolerance?: number | undefined } = {},
): Promise<readonly Channel[]> {
  const joint = jointOf(tables)
  return await solving(joint, (solve) => {
    // Between corners: whatever lies below the chord, the programme with the chord's slope as price finds it.
    const between = (high: Channel, low: Channel): readonly Channel[] => {
      const width = high.accuracy - low.accuracy
      if (width < tolerance) return []
      const price = (high.success - low.success) / width
      const corner = solve({ price })
      const below = high.success - price * high.accuracy - (corner.success - price * corner.accuracy)
      return below < tolerance ? [] : [...between(high, corner), corner, ...between(corner, low)]
    }
    const best = solve({ accuracy: mostAccurate(joint) })
    const constant = constantOf(joint)
    return [best, ...between(best, constant), constant]
  })
}

/** P(code, label) and P(code, attribute). */
interface Joint {
  readonly y: readonly (readonly number[])[]
  readonly s: readonly (readonly number[])[]
  readonly labels: number
  readonly attributes: number
}

/** At least this accuracy; or, without a limit, so much success for a point of accuracy. */
type Wish = { readonly accuracy: number } | { readonly price: number }

async function solving<T>(joint: Joint, use: (solve: (wish: Wish) => Channel) => T): Promise<T> {
  // Loaded only where it is used: the solver is three megabytes of WebAssembly.
  const loaded = (await import('highs')).default
  // The package's types are those of its CommonJS form, where the loader is one level further down.
  const highs = await (loaded as unknown as typeof loaded.default)()
  const { y, s, labels, attributes } = joint
  const codes = y.length
  const outputs = Array.from({ length: labels * attributes }, (_, o) => ({
    label: Math.floor(o / attributes),
    guess: o % attributes,
  }))
  const width = outputs.length
  const at = (code: number, o: number): number => code * width + o
  const bound = (o: number): number => codes * width + o
  const rows: Row[] = [
    // t_o is at least what guessing any attribute at output o gets.
    ...outputs.flatMap((_, o) =>
      Array.from(
        { length: attributes },
        (_, a): Row => ({
          low: 0,
          high: highs.infinity,
          entries: [[bound(o), 1], ...y.map((_, code): Entry => [at(code, o), -s[code]![a]!])],
        }),
      ),
    ),
    ...y.map(
      (_, code): Row => ({ low: 1, high: 1, entries: outputs.map((_, o): Entry => [at(code, o), 1]) }),
    ),
    {
      low: -highs.infinity,
      high: highs.infinity,
      entries: y.flatMap((row, code) => outputs.map(({ label }, o): Entry => [at(code, o), row[label]!])),
    },
  ]
  const columns = (codes + 1) * width
  return highs.withModel(
    {
      numCols: columns,
      numRows: rows.length,
      colCost: Float64Array.from({ length: columns }, (_, i) => (i < codes * width ? 0 : 1)),
      colLower: new Float64Array(columns),
      colUpper: new Float64Array(columns).fill(1),
      rowLower: rows.map(({ low }) => low),
      rowUpper: rows.map(({ high }) => high),
      matrix: sparse(rows, columns),
    },
    (model) =>
      use((wish) => {
        const least = 'accuracy' in wish ? wish.accuracy : -highs.infinity
        const price = 'price' in wish ? wish.price : 0
        model.changeRowBounds(rows.length - 1, least, highs.infinity)
        for (const [column, value] of rows.at(-1)!.entries) model.changeColCost(column, -price * value)
        return channelOf(joint, outputs, solved(model, highs.constants.modelStatus.optimal, columns))
      }),
  )
}

type Entry = readonly [column: number, value: number]
interface Row {
  readonly low: number
  readonly high: number
  readonly entries: readonly Entry[]
}

function sparse(rows: readonly Row[], columns: number) {
  const entries = rows.map((row) => row.entries.filter(([, value]) => value !== 0))
  const starts = [0]
  for (const row of entries) starts.push(starts.at(-1)! + row.length)
  return {
    format: 'csr' as const,
    numRows: rows.length,
    numCols: columns,
    starts,
    indices: entries.flatMap((row) => row.map(([column]) => column)),
    values: entries.flatMap((row) => row.map(([, value]) => value)),
  }
}

function solved(model: Model, optimal: number, columns: number): Float64Array {
  model.run()
  const status = model.getModelStatus()
  if (status === optimal) return model.getSolution().colValue.subarray(0, columns)
  throw new FrostglassError(
    'unsupported',
    `the linear programme of the channel was not solved: status ${status}`,
    'Merge to fewer codes, or ask for another accuracy.',
  )
}

/** The solver's numbers as laws, without the outputs that are never released; accuracy and success as these laws have them. */
function channelOf(joint: Joint, all: Channel['outputs'], values: Float64Array): Channel {
  const laws = joint.y.map((_, code) => {
    const law = all.map((_, o) => {
      const chance = values[code * all.length + o]!
      return chance < DUST ? 0 : chance
    })
    const total = law.reduce((a, b) => a + b, 0)
    return law.map((chance) => chance / total)
  })
  const used = all.flatMap((_, o) => (laws.some((law) => law[o]! > 0) ? [o] : []))
  return measured(
    joint,
    used.map((o) => all[o]!),
    laws.map((law) => used.map((o) => law[o]!)),
  )
}

/** Below the solver's tolerance. */
const DUST = 1e-9

function measured(
  { y, s, attributes }: Joint,
  outputs: Channel['outputs'],
  channel: Channel['channel'],
): Channel {
  const summed = (o: number, of: (code: number) => number): number =>
    channel.reduce((sum, law, code) => sum + law[o]! * of(code), 0)
  return {
    channel,
    outputs,
    accuracy: outputs.reduce((sum, { label }, o) => sum + summed(o, (code) => y[code]![label]!), 0),
    success: outputs.reduce(
      (sum, _, o) =>
        sum + Math.max(...Array.from({ length: attributes }, (_, a) => summed(o, (code) => s[code]![a]!))),
      0,
    ),
  }
}

/** One output for all: the commonest label, which tells nothing. */
function constantOf(joint: Joint): Channel {
  const [label, guess] = [joint.y, joint.s].map((rows) => {
    const sums = rows[0]!.map((_, i) => rows.reduce((sum, row) => sum + row[i]!, 0))
    return sums.indexOf(Math.max(...sums))
  }) as [number, number]
  return measured(
    joint,
    [{ label, guess }],
    joint.y.map(() => [1]),
  )
}

/** Each code read as its commonest label. */
const mostAccurate = ({ y }: Joint): number => y.reduce((sum, row) => sum + Math.max(...row), 0)

function jointOf({ byLabel, byAttribute }: ChannelTables): Joint {
  const valid = (rows: readonly (readonly number[])[]) =>
    rows.length === byLabel.length &&
    rows.every((row) => row.length === rows[0]!.length && row.every((x) => x >= 0 && Number.isFinite(x))) &&
    rows.some((row) => row.some((x) => x > 0))
  if (!valid(byLabel) || !valid(byAttribute))
    throw new FrostglassError(
      'usage',
      'a table of codes by label and one by attribute were expected, of counts that are not all 0',
      'Count the training and validation units of every code.',
    )
  const law = (rows: readonly (readonly number[])[]) => {
    const all = rows.reduce((sum, row) => sum + row.reduce((a, b) => a + b, 0), 0)
    return rows.map((row) => row.map((cell) => cell / all))
  }
  const [y, s] = [law(byLabel), law(byAttribute)]
  return { y, s, labels: y[0]!.length, attributes: s[0]!.length }
}
