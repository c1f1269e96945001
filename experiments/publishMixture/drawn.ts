// The sheet of pictures: real ones, then a line for each way of making them, clusters above one network.
// Source: publishMixture.ts.

import { contactSheet } from '../../src/data/images/sheet.ts'
import type { Drawn } from '../experiment.ts'
import { side } from './digits.ts'
import { type MixtureAnswer, type MixtureTask, shown } from './publishMixture.ts'
import { inOrder } from './results.ts'

export function publishMixtureDrawn(tasks: readonly MixtureTask[], answers: readonly MixtureAnswer[]): Drawn {
  const kept = tasks.flatMap((task, i) => {
    const { pictures } = answers[i]!
    return pictures === undefined ? [] : [{ ...task, pictures }]
  })
  const lines = kept.toSorted(inOrder).map(({ pictures }) => ({
    shape: [1, side, side] as const,
    pixels: new Uint8Array(Buffer.from(pictures, 'base64')),
  }))
  return { pictures: { 'mixture-digits': contactSheet(lines, { columns: shown, scale: 2, gap: 2 }) } }
}
