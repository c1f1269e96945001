// The attackers on released codes: the certificate's own table, a fresh table, regression, a network, one who knows the label, one who pools rows.
// Source: PROOF.md, theorem A: on one output none can beat the best table; the others check the code and the counting.
// They learn on units that the certificate has not seen, and are judged on others.

import { tensor } from '../../graph/index.ts'
import { argmax, dense, predict } from '../../learn/index.ts'
import { trainLayers } from '../images/learning.ts'
import type { CodeAttacker, CodeAttackOptions, CodeSizes, SeenRows } from './contract.ts'
import { hitsByUnit } from './hits.ts'
import { drawn, rowsByUnit } from './seen.ts'

const outputsOf = ({ channel }: CodeSizes): number => channel[0]!.length

/** The place of the largest, the first of equals. */
const likeliest = (counts: ArrayLike<number>): number => argmax(Float64Array.from(counts), counts.length)[0]!

/** How much of each class is behind each cell, a unit's rows sharing its weight. */
function tally(
  { codes, hidden, units }: SeenRows,
  { channel, classes }: CodeSizes,
  cells: number,
  cellOf: (output: number, row: number) => number,
): Float64Array[] {
  const rows = rowsByUnit(units)
  const counts = Array.from({ length: cells }, () => new Float64Array(classes))
  codes.forEach((code, row) => {
    channel[code]!.forEach((chance, output) => {
      counts[cellOf(output, row)]![hidden[row]!]! += chance / rows.get(units[row]!)!.length
    })
  })
  return counts
}

/** The likeliest class of each cell; of one that nobody was in, the likeliest of all. */
function guessesOf(counts: readonly Float64Array[]): readonly number[] {
  const all = counts[0]!.map((_, c) => counts.reduce((sum, row) => sum + row[c]!, 0))
  return counts.map((row) => likeliest(row.some((n) => n > 0) ? row : all))
}

/** The certificate's own table, which is public. */
const certificateRule: CodeAttacker = {
  name: 'certificate-rule',
  title: 'The certificate’s own table',
  needs: 'the certificate',
  source: 'PROOF.md, theorem A',
  bound: 'one release',
  async run(_, judged, { channel, certified }) {
    return hitsByUnit(judged, channel, (output) => certified[output]!)
  },
}

const freshTable: CodeAttacker = {
  name: 'fresh-table',
  title: 'A table of its own',
  needs: 'releases of people whose attribute it knows',
  source: 'PROOF.md, theorem A',
  bound: 'one release',
  async run(learned, judged, sizes) {
    const guesses = guessesOf(tally(learned, sizes, outputsOf(sizes), (output) => output))
    return hitsByUnit(judged, sizes.channel, (output) => guesses[output]!)
  },
}

const labelKnown: CodeAttacker = {
  name: 'label-known',
  title: 'A table, told the true label as well',
  needs: 'releases of people whose attribute and label it knows, and the label of whom it attacks',
  source: 'PROOF.md, theorem C',
  bound: 'one release and the true label',
  async run(learned, judged, sizes) {
    const outputs = outputsOf(sizes)
    const cell = (of: SeenRows) => (output: number, row: number) => of.label[row]! * outputs + output
    const guesses = guessesOf(tally(learned, sizes, outputs * sizes.labels, cell(learned)))
    const seen = cell(judged)
    return hitsByUnit(judged, sizes.channel, (output, row) => guesses[seen(output, row)]!)
  },
}

const oneHot = (of: ArrayLike<number>, width: number) => {
  const data = new Float32Array(of.length * width)
  for (let row = 0; row < of.length; row++) data[row * width + of[row]!] = 1
  return tensor(data, [of.length, width])
}

type Rows = ReturnType<typeof oneHot>
/** Learns a class from one-hot outputs; what comes back classifies them. */
type Learn = (
  x: Rows,
  hidden: Int32Array,
  classes: number,
  options: CodeAttackOptions,
) => Promise<(x: Rows) => Promise<Int32Array>>

/** A learner of numbers: what it says of each output is its table. */
const learner = (about: Pick<CodeAttacker, 'name' | 'title' | 'source'>, learn: Learn): CodeAttacker => ({
  ...about,
  needs: 'releases of people whose attribute it knows',
  bound: 'one release',
  async run(learned, judged, sizes, options) {
    const outputs = outputsOf(sizes)
    const seen = drawn(learned, sizes, options.seed, `draws for ${about.name}`)
    const classify = await learn(oneHot(seen, outputs), learned.hidden, sizes.classes, options)
    const guesses = await classify(
      oneHot(
        Int32Array.from({ length: outputs }, (_, i) => i),
        outputs,
      ),
    )
    return hitsByUnit(judged, sizes.channel, (output) => guesses[output]!)
  },
})

const loss = 'categoricalCrossEntropy'

/** Layers, trained on one-hot outputs. */
const trained =
  (hidden: readonly number[], epochs: Readonly<Record<CodeAttackOptions['effort'], number>>): Learn =>
  async (x, of, classes, { effort, seed, signal }) => {
    const layers = [...hidden.map((units) => dense({ units, activation: 'relu' })), dense({ units: classes })]
    const { model, weights } = await trainLayers(layers, { x, y: tensor(of, [of.length], 'int32') }, loss, {
      seed,
      epochs: epochs[effort],
      batch: 32,
      learningRate: 0.01,
      signal,
    })
    return async (rows) =>
      argmax((await predict(model, weights, rows, { loss })).data as Float32Array, classes)
  }

const regression = learner(
  { name: 'logistic-regression', title: 'Logistic regression', source: 'Cox 1958' },
  trained([], { quick: 20, full: 60 }),
)

const network = learner(
  {
    name: 'network',
    title: 'A network (two times 64 units)',
    source: 'Rumelhart, Hinton and Williams 1986; the shape is ours: a table of few outputs needs no more',
  },
  trained([64, 64], { quick: 10, full: 40 }),
)

/** Whether every unit has one class: only then is there one thing to pool its rows for. */
const isOfUnits = ({ hidden, units }: SeenRows): boolean =>
  [...rowsByUnit(units).values()].every((rows) => rows.every((row) => hidden[row] === hidden[rows[0]!]))

const pooled: CodeAttacker = {
  name: 'all-rows',
  title: 'All rows of a unit together',
  needs: 'every release of the unit that it attacks, and releases of people whose attribute it knows',
  source: 'naive Bayes over a unit’s codes (Maron 1961), add-one smoothing',
  bound: 'none',
  applies: (judged) => new Set(judged.units).size < judged.units.length && isOfUnits(judged),
  async run(learned, judged, sizes, { seed }) {
    const outputs = outputsOf(sizes)
    const counts = tally(learned, sizes, outputs, (output) => output)
    const totals = Array.from({ length: sizes.classes }, (_, s) =>
      counts.reduce((sum, row) => sum + row[s]!, 0),
    )
    const all = totals.reduce((a, b) => a + b, 0)
    const seen = drawn(judged, sizes, seed, 'draws of all rows')
    return new Map(
      [...rowsByUnit(judged.units)].map(([unit, rows]) => {
        const scores = totals.map((total, s) =>
          rows.reduce(
            (sum, row) => sum + Math.log((counts[seen[row]!]![s]! + 1) / (total + outputs)),
            Math.log((total + 1) / (all + sizes.classes)),
          ),
        )
        return [unit, Number(likeliest(scores) === judged.hidden[rows[0]!])]
      }),
    )
  },
}

/** Every attacker on codes. */
export const codeAttackers: readonly CodeAttacker[] = [
  certificateRule,
  freshTable,
  regression,
  network,
  labelKnown,
  pooled,
]
