// The learned inverter: lines, and a small network on what they leave over, as far as it helps on rows held back.
// Source: docs/architecture.md#the-audit. All released rows are white on the same axes, so that the unseen ones help too.
// It knows the activation only: an attack that fits the layers themselves can do better where they are few.

import { scalesOf } from '../../../statistics/standard.ts'
import type { AttackOptions } from '../../finding.ts'
import { joined, type View } from '../evidence.ts'
import { type Guess, recoveryAttack } from '../recovery.ts'
import { singularValues, standardised } from '../ridge.ts'
import { type Form, guessByLines } from './inverterLines.ts'
import { guessByNetwork } from './inverterNetwork.ts'
import { invertLinearly, undone } from './linear.ts'
import { whiten } from './whitening.ts'

/** Parts of the known rows that are held back, one after another, to see how far to believe the network. */
const folds = 5

/** With fewer rows a part has no row, or the rest too few. */
const fewestForNetwork = 2 * folds

/** Features beyond which a network takes half a minute and more, and lines were better (721 features, 20 to 150 rows). */
const mostForNetwork = { quick: 200, full: 1000 }

/** A network has nothing to learn where lines leave no more than this of the variance. */
const rounding = 1e-18

/** Directions that float64 still tells from rounding: behind many layers, all but two or three are narrow. */
const narrowest = 1e-13

const efforts = { quick: { members: 1, steps: 300 }, full: { members: 3, steps: 1000 } }

/** Lines and a small network, fitted to the known rows. */
export const learnedInverter = recoveryAttack({
  name: 'learned-inverter',
  title: 'Learned inverter',
  standpoint: 'leak',
  reads: ['columns'],
  holds: ['pairs'],
  needs: 'the activation, which is public, and some rows in both forms',
  source: 'Breiman (1996) for the weights of the lines',
  fewest: 2,
  recover: learn,
})

async function learn(view: View, options: AttackOptions): Promise<Guess> {
  const { effort, seed, signal, onProgress } = options
  const rows = view.known.original[0]!.length
  if (isLine(view)) {
    const note = 'One layer is a line behind its activation, which is public: nothing is left to learn.'
    return { features: invertLinearly(view), notes: [note] }
  }
  const { standardised: scaledBy, restored: restore } = scalesOf(view.known.original)
  const scaled = scaledBy(view.known.original)
  const { forms, straight } = formsOf(view)
  const lines = guessByLines(forms, straight, scaled)
  const wide = scaled.length > mostForNetwork[effort]
  if (rows < fewestForNetwork || wide || lines.expected < rounding) {
    const why =
      rows < fewestForNetwork
        ? 'the rows are too few for a network'
        : wide
          ? 'the table is too wide for a network at this effort'
          : 'they leave nothing over'
    return { features: restore(lines.asked), notes: [`Lines alone: ${why}.`] }
  }
  const network = { ...efforts[effort], seed, signal }
  const overLines = async (forms: readonly Form[], targets: readonly Float64Array[]) => {
    const base = guessByLines(forms, straight, targets)
    const unit = Math.sqrt(base.expected)
    const left = targets.map((column, t) => column.map((x, r) => (x - base.known[t]![r]!) / unit))
    const { known, asked } = forms.at(-1)!
    const bent = await guessByNetwork(known, left, asked, network)
    return { base: base.asked, bent: bent.map((column) => column.map((x) => x * unit)) }
  }
  const held: Held[] = []
  for (let fold = 0; fold < folds; fold++) {
    const back = (r: number) => r % folds === fold
    const kept = (r: number) => r % folds !== fold
    const parts = forms.map(({ known }) => ({ known: part(known, kept), asked: part(known, back) }))
    const { base, bent } = await overLines(parts, part(scaled, kept))
    const truth = part(scaled, back)
    for (let r = 0; r < truth[0]!.length; r++) {
      let [along, length] = [0, 0]
      truth.forEach((column, t) => {
        along += bent[t]![r]! * (column[r]! - base[t]![r]!)
        length += bent[t]![r]! ** 2
      })
      held.push({ along, length })
    }
    onProgress?.((fold + 1) / (folds + 1))
  }
  const belief = beliefIn(held)
  const { base, bent } = await overLines(forms, scaled)
  onProgress?.(1)
  return {
    features: restore(base.map((column, t) => column.map((x, r) => x + belief * bent[t]![r]!))),
    notes: [`The network had a say of ${belief.toFixed(2)}.`],
  }
}

/** A row held back: the network's answer times what the lines leave over, and its answer squared. */
interface Held {
  readonly along: number
  readonly length: number
}

/**
 * The share of the network's answer that misses held-back rows least, less one standard error: of ten rows, one may
 * speak for it by chance.
 */
function beliefIn(held: readonly Held[]): number {
  const length = held.reduce((sum, row) => sum + row.length, 0)
  const along = held.reduce((sum, row) => sum + row.along, 0)
  const spread = Math.sqrt(held.reduce((sum, row) => sum + (row.along - along / held.length) ** 2, 0))
  return length > 0 ? Math.min(1, Math.max(0, (along - spread) / length)) : 0
}

/** The released columns as they are, with the activation undone, and white on the axes of all rows: the last of them. */
function formsOf(view: View): { forms: Form[]; straight: number } {
  const count = view.known.original[0]!.length
  const cut = (columns: readonly Float64Array[]): Form => ({
    known: columns.map((column) => column.subarray(0, count)),
    asked: columns.map((column) => column.subarray(count)),
  })
  const undoneView = undone(view)
  const released = joined(view.known.released, view.unseen)
  const straight = joined(undoneView.known, undoneView.unseen)
  const white = cut(whiten(straight, narrowest).white)
  const bent =
    view.scheme.activation === undefined ? [] : [cut(released), cut(whiten(released, narrowest).white)]
  return { forms: [...bent, cut(straight), white], straight: bent.length }
}

function part(columns: readonly Float64Array[], keep: (row: number) => boolean): Float64Array[] {
  return columns.map((column) => column.filter((_, r) => keep(r)))
}

/** Whether the protection is known to be a line behind its activation, and the known rows determine it. */
function isLine(view: View): boolean {
  const { scheme, known } = view
  const columns = known.released.length
  if (scheme.layers !== 1 || columns < known.original.length) return false
  const { sigma } = singularValues(standardised(undone(view).known).matrix)
  return sigma.length === columns && known.original[0]!.length > columns
}
