// One pane trained, cut, merged and measured against each hidden attribute of its rows.
// Source: src/protect/certified (trainCodePane, cutCells, mergeCodes, certify). Everything that is released is settled before the
// calibration rows are opened, once for all releases of the pane.

import { createHash } from 'node:crypto'
import { type Cells, cutCells } from '../../src/protect/certified/cells.ts'
import { type EncodedRows, encodeRows } from '../../src/protect/certified/encodeRows.ts'
import { type TrainedNetwork, trainCodePane } from '../../src/protect/certified/trainCodePane.ts'
import { type Chosen, candidatesOf, type Plan } from './candidates.ts'
import { byAttribute, countJoint, type Joint } from './joint.ts'
import { type Candidate, type Found, measureRelease } from './measure.ts'
import { type Records, rowsOf, take } from './records.ts'
import { openSource, type SourceChoice } from './sources.ts'

/** One pane: its rows, its training, and what is measured of it. JSON. */
export interface PaneTask {
  readonly kind: 'pane'
  readonly choice: SourceChoice
  /** Weight of the leak in training; 0 takes no attribute. */
  readonly lambda: number
  /** The attribute that training holds down, where λ is above 0: then it alone is measured. */
  readonly against?: string | undefined
  readonly penalty?: 'kernel' | 'codes' | undefined
  readonly plan: Plan
  readonly seed: number
}

export interface PaneAnswer {
  readonly kind: 'pane'
  /** By attribute. */
  readonly found: Readonly<Record<string, readonly Found[]>>
  readonly units: number
  /** Seconds of training, and of all. */
  readonly training: number
  readonly seconds: number
}

/** Trains and measures. */
export async function measurePane(task: PaneTask, signal?: AbortSignal): Promise<PaneAnswer> {
  const start = performance.now()
  const records = await openSource(task.choice)
  const trained = await trainPane(records, task, signal)
  const training = (performance.now() - start) / 1000
  const encoded = await encodeRows(trained.network, trained.weights, records, { threads: 1 })
  const cuts = cellsOfCuts(encoded, records, task)
  const names = task.against === undefined ? Object.keys(records.attributes) : [task.against]
  const settled: { readonly name: string; readonly candidates: readonly Settled[] }[] = []
  for (const name of names) {
    const counted = (cut: Cut, rows: Int32Array) => countCells(records, cut, name, rows)
    const chosen = (cut: Cut): Chosen => ({
      labelOf: Array.from(cut.cells.labelOf),
      train: counted(cut, records.split.train.rows),
      validation: counted(cut, records.split.validation.rows),
    })
    const candidates = await candidatesOf(
      cuts.map((cut) => ({ cut, chosen: chosen(cut) })),
      determined(records, name) ? labelAlone(task.plan) : task.plan,
    )
    settled.push({ name, candidates })
  }
  const pane = hashOf(
    Object.entries(trained.weights).map(([name, { data }]) => [name, Array.from(data as Float32Array)]),
  )
  const fixed = ({ cut, candidate }: Settled) => ({
    pane,
    codebook: hashOf([Array.from(cut.cells.centres), candidate.channel]),
  })
  const opened = records.split.calibration.open(settled.flatMap(({ candidates }) => candidates.map(fixed)))
  const found: Record<string, Found[]> = {}
  for (const { name, candidates } of settled)
    found[name] = candidates.map((settledOne) => {
      opened.requireFixed(fixed(settledOne))
      const { cut, candidate } = settledOne
      return measureRelease(candidate, {
        calibration: countCells(records, cut, name, opened.rows),
        attackTest: countCells(records, cut, name, records.split.attackTest.rows),
        attributes: records.attributes[name]!.names,
        labels: records.label.names,
        rule: likeliest(countCells(records, cut, name, records.split.train.rows)),
        sampling: task.choice.source === 'wisdm-user' ? 'stratified' : 'iid',
        unit: 'row',
      })
    })
  return {
    kind: 'pane',
    found,
    units: opened.rows.length,
    training,
    seconds: (performance.now() - start) / 1000,
  }
}

/** Whether every label has one value of the attribute: then no release that tells the label can hide it. */
function determined({ label, attributes }: Records, name: string): boolean {
  const { of } = attributes[name]!
  const first = new Map<number, number>()
  return of.every((value, row) => {
    const before = first.get(label.of[row]!)
    if (before === undefined) first.set(label.of[row]!, value)
    return before === undefined || before === value
  })
}

const labelAlone = (plan: Plan): Plan => ({ ...plan, cuts: [1], merged: [], channelCells: null, losses: [] })

/** Cells of all rows by one cut. */
export interface Cut {
  readonly perLabel: number
  readonly cells: Cells
  readonly cell: Int32Array
}

type Settled = { readonly cut: Cut; readonly candidate: Candidate }

/** Encoder and head of a task's pane, by the recipe that panes have unless told otherwise. */
export function trainPane(
  records: Records,
  task: Pick<PaneTask, 'lambda' | 'against' | 'penalty' | 'seed'>,
  signal?: AbortSignal,
): Promise<TrainedNetwork> {
  const rows = records.split.train.rows
  const attribute = task.against === undefined ? undefined : records.attributes[task.against]!
  return trainCodePane(
    { x: rowsOf(records.x, rows), labels: take(records.label.of, rows) },
    records.label.names.length,
    {
      seed: task.seed,
      threads: 1,
      signal,
      ...(attribute
        ? {
            leak: {
              attribute: take(attribute.of, rows),
              classes: attribute.names.length,
              lambda: task.lambda,
              penalty: task.penalty,
            },
          }
        : {}),
    },
  )
}

/** Every cut of the plan, of training rows. */
function cellsOfCuts(encoded: EncodedRows, records: Records, { plan, seed }: PaneTask): Cut[] {
  const rows = records.split.train.rows
  const own: EncodedRows = {
    width: encoded.width,
    z: rowsOf({ dtype: 'float32', shape: [encoded.predicted.length, encoded.width], data: encoded.z }, rows)
      .data as Float32Array,
    predicted: take(encoded.predicted, rows),
  }
  const labels = records.label.names.length
  const wanted = new Set([
    ...plan.cuts,
    plan.finest,
    ...(plan.channelCells === null ? [] : [plan.channelCells]),
  ])
  return [...wanted].map((perLabel) => {
    const cells = cutCells(own, labels, { cells: perLabel, seed })
    return { perLabel, cells, cell: nearestCells(encoded, cells) }
  })
}

/** The nearest cell of each row among those of its predicted label, the first of equals. */
export function nearestCells({ z, width, predicted }: EncodedRows, { centres, labelOf }: Cells): Int32Array {
  const [first, end] = [new Int32Array(labelOf.length + 1), new Int32Array(labelOf.length + 1)]
  labelOf.forEach((label, cell) => {
    if (cell === 0 || labelOf[cell - 1] !== label) first[label] = cell
    end[label] = cell + 1
  })
  return predicted.map((label, row) => {
    let [best, least] = [first[label]!, Number.POSITIVE_INFINITY]
    for (let cell = first[label]!; cell < end[label]!; cell++) {
      let distance = 0
      for (let j = 0; j < width; j++) distance += (z[row * width + j]! - centres[cell * width + j]!) ** 2
      if (distance < least) [best, least] = [cell, distance]
    }
    return best
  })
}

function countCells(records: Records, cut: Cut, attribute: string, rows: Int32Array): Joint {
  const { names, of } = records.attributes[attribute]!
  return countJoint({ cell: cut.cell, label: records.label.of, attribute: of }, rows, {
    cells: cut.cells.labelOf.length,
    labels: records.label.names.length,
    attributes: names.length,
  })
}

/** The likeliest attribute of each label. */
function likeliest(joint: Joint): number[] {
  return joint[0]!.map((_, y) => {
    const counts = byAttribute(joint.map((cell) => [cell[y]!]))
    const sums = counts[0]!.map((_, s) => counts.reduce((sum, row) => sum + row[s]!, 0))
    return sums.indexOf(Math.max(...sums))
  })
}

const hashOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex')
