// Which releases of a pane are measured: cells as k-means cuts them, cells merged inside labels, and channels between.
// Source: src/protect/certified/merge.ts and channel.ts, from the tables of chooseCodes.ts.
// All are made of training and validation rows, before calibration is open.

import { optimalChannel } from '../../src/protect/certified/channel.ts'
import { choosingTables } from '../../src/protect/certified/chooseCodes.ts'
import { type MergeTables, mergeCodes } from '../../src/protect/certified/merge.ts'
import { byAttribute, byLabel, type Joint, mapOf } from './joint.ts'
import type { Candidate } from './measure.ts'

/** What is measured of a pane. JSON. */
export interface Plan {
  /** Cells a label for k-means releases, 1 first. */
  readonly cuts: readonly number[]
  /** Cells a label that merging starts from. */
  readonly finest: number
  readonly merged: readonly { readonly codes: number; readonly betas: readonly number[] }[]
  /** Cells a label that channels start from; null for no channel. */
  readonly channelCells: number | null
  /** What channels may give up of the accuracy. */
  readonly losses: readonly number[]
}

/** Cells of one cut, counted where candidates are chosen. */
export interface Chosen {
  readonly labelOf: readonly number[]
  readonly train: Joint
  readonly validation: Joint
}

const tablesOf = ({ labelOf, train, validation }: Chosen): MergeTables =>
  choosingTables(labelOf, countsOf(train), countsOf(validation))

const countsOf = (joint: Joint) => ({ byLabel: byLabel(joint), byAttribute: byAttribute(joint) })

/** The cells as they are cut. */
export const cutCandidate = ({ labelOf }: Chosen): Candidate => ({
  release: { kind: 'k-means', codes: labelOf.length },
  channel: mapOf(
    labelOf.map((_, cell) => cell),
    labelOf.length,
  ),
  decided: labelOf,
})

/** The cells merged down, in the order of the plan. */
export function mergedCandidates(chosen: Chosen, plan: Plan): Candidate[] {
  const tables = tablesOf(chosen)
  return plan.merged.flatMap(({ codes, betas }) =>
    betas.map((beta): Candidate => {
      const { groupOf, groups } = mergeCodes(tables, { beta, codes: Math.min(codes, chosen.labelOf.length) })
      const decided = new Array<number>(groups)
      groupOf.forEach((group, cell) => {
        decided[group] = chosen.labelOf[cell]!
      })
      return { release: { kind: 'merged', codes: groups, beta }, channel: mapOf(groupOf, groups), decided }
    }),
  )
}

/** A cut with what is counted of it where candidates are chosen. */
interface CutChosen<Cut> {
  readonly cut: Cut
  readonly chosen: Chosen
}

/** Channels from the cells, by how much of the accuracy they may give up. */
export async function channelCandidates(chosen: Chosen, losses: readonly number[]): Promise<Candidate[]> {
  const tables = tablesOf(chosen)
  const all = tables.byLabel.flat().reduce((a, b) => a + b, 0)
  const most = tables.byLabel.reduce((sum, row) => sum + Math.max(...row), 0) / all
  const found: Candidate[] = []
  for (const loss of losses) {
    const { channel, outputs } = await optimalChannel(tables, { accuracy: most - loss })
    found.push({
      release: { kind: 'channel', codes: outputs.length, loss },
      channel,
      decided: outputs.map(({ label }) => label),
    })
  }
  return found
}

/** All releases of a plan, with the cut that each is of. */
export async function candidatesOf<Cut extends { readonly perLabel: number }>(
  cuts: readonly CutChosen<Cut>[],
  plan: Plan,
): Promise<{ readonly cut: Cut; readonly candidate: Candidate }[]> {
  const at = (perLabel: number) => cuts.find(({ cut }) => cut.perLabel === perLabel)!
  const of = ({ cut }: CutChosen<Cut>, candidates: readonly Candidate[]) =>
    candidates.map((candidate) => ({ cut, candidate }))
  const finest = at(plan.finest)
  const before = plan.channelCells === null ? undefined : at(plan.channelCells)
  return [
    ...plan.cuts.map(at).flatMap((cut) => of(cut, [cutCandidate(cut.chosen)])),
    ...of(finest, mergedCandidates(finest.chosen, plan)),
    ...(before ? of(before, await channelCandidates(before.chosen, plan.losses)) : []),
  ]
}

/** A cut with what is counted of it where candidates are chosen. */
interface CutChosen<Cut> {
  readonly cut: Cut
  readonly chosen: Chosen
}
