// The sheets of pictures that the GAN made: of each task and defence five made, five of the control, five true ones.
// Source: fleetPoisoning.ts.

import { contactSheet } from '../../src/data/images/sheet.ts'
import type { Drawn } from '../experiment.ts'
import type { PoisoningAnswer, PoisoningTask } from './fleetPoisoning.ts'

export function fleetPoisoningDrawn(
  tasks: readonly PoisoningTask[],
  answers: readonly PoisoningAnswer[],
): Drawn {
  const sides = [...new Set(tasks.flatMap((task) => ('side' in task ? [task.side] : [])))]
  return {
    pictures: Object.fromEntries(
      sides.map((side) => {
        const lines = tasks.flatMap((task, i) =>
          'side' in task && task.side === side
            ? answers[i]!.entries.map(({ made }) => ({
                shape: [1, side, side] as const,
                pixels: new Uint8Array(Buffer.from(made!.shown, 'base64')),
              }))
            : [],
        )
        return [`fleet-poisoning-${side}`, contactSheet(lines, { columns: 15, scale: 56 / side, gap: 2 })]
      }),
    ),
  }
}
