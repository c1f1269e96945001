// Units counted by cell, label and attribute: all that releases of a pane are chosen by and measured on.
// Source: PROOF.md beside the certificate: a release is a map, or a channel, from cells to outputs; the rest is counting.
// A cell is of the pane before merging: finer than anything that is released.

import { entropy, information } from './information.ts'

/** counts[cell][label][attribute] of units. */
export type Joint = readonly (readonly (readonly number[])[])[]

/** Chances of each output by cell; a map has one 1 a row. */
export type Channel = readonly (readonly number[])[]

/** Counts of the rows of one part. */
export function countJoint(
  of: { readonly cell: Int32Array; readonly label: Int32Array; readonly attribute: Int32Array },
  rows: Int32Array,
  sizes: { readonly cells: number; readonly labels: number; readonly attributes: number },
): Joint {
  const counts = Array.from({ length: sizes.cells }, () =>
    Array.from({ length: sizes.labels }, () => new Array<number>(sizes.attributes).fill(0)),
  )
  for (const row of rows) counts[of.cell[row]!]![of.label[row]!]![of.attribute[row]!]! += 1
  return counts
}

/** Groups as a channel. */
export const mapOf = (groupOf: readonly number[], groups: number): Channel =>
  groupOf.map((group) => Array.from({ length: groups }, (_, g) => Number(g === group)))

/** What a channel makes of cells: counts[output][label][attribute], whole where the channel is a map. */
export function released(joint: Joint, channel: Channel): Joint {
  const outputs = channel[0]!.length
  return Array.from({ length: outputs }, (_, o) =>
    joint[0]!.map((row, y) =>
      row.map((_, s) => joint.reduce((sum, cell, c) => sum + channel[c]![o]! * cell[y]![s]!, 0)),
    ),
  )
}

/** counts[code][attribute]. */
export const byAttribute = (joint: Joint): number[][] =>
  joint.map((cell) => cell[0]!.map((_, s) => cell.reduce((sum, row) => sum + row[s]!, 0)))

/** counts[code][label]. */
export const byLabel = (joint: Joint): number[][] =>
  joint.map((cell) => cell.map((row) => row.reduce((a, b) => a + b, 0)))

/** counts[code][attribute] of the units of one label. */
export const ofLabel = (joint: Joint, label: number): number[][] => joint.map((cell) => [...cell[label]!])

/** The share of units whose attribute the best rule for `learned` names, among those of `judged`. */
export function attackShare(learned: Joint, judged: Joint): number {
  return ruleShare(byAttribute(learned), byAttribute(judged))
}

/** The same for an attacker who is told the true label. */
export function informedAttackShare(learned: Joint, judged: Joint): number {
  const labels = learned[0]!.map((_, y) => y)
  return ruleShare(
    labels.flatMap((y) => ofLabel(learned, y)),
    labels.flatMap((y) => ofLabel(judged, y)),
  )
}

/** Right guesses in `judged` of the rule that is best in `learned`, row by row, as a share. */
export function ruleShare(
  learned: readonly (readonly number[])[],
  judged: readonly (readonly number[])[],
): number {
  let [right, all] = [0, 0]
  judged.forEach((row, r) => {
    const best = learned[r]!.indexOf(Math.max(...learned[r]!))
    right += row[best]!
    for (const count of row) all += count
  })
  return right / all
}

/** The share of units whose label is the one that their output stands for. @param decided label of each output */
export function labelShare(outputs: Joint, decided: readonly number[]): number {
  const labels = byLabel(outputs)
  const right = labels.reduce((sum, row, o) => sum + row[decided[o]!]!, 0)
  return right / labels.flat().reduce((a, b) => a + b, 0)
}

/** I(Y;C)/H(Y): what part of the label's entropy the outputs tell, in these counts. */
export function toldShare(outputs: Joint): number {
  const labels = byLabel(outputs)
  return (
    information(labels) / entropy(labels[0]!.map((_, y) => labels.reduce((sum, row) => sum + row[y]!, 0)))
  )
}
