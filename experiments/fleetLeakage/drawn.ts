// The sheet of pictures: digits that were sent, and what inversion made of what the server saw of them.
// Source: fleetLeakage.ts. Its lines are named on the page, by `shownSettings`.

import { contactSheet } from '../../src/data/images/sheet.ts'
import type { Drawn } from '../experiment.ts'
import type { LeakageAnswer, LeakageTask } from './fleetLeakage.ts'

/** Settings of the convolutional network, a line each. Settings with a sum show five digits that went into it. */
export const shownSettings = ['plain', 'cut off', 'noise of ε = 8', 'sum of 5'] as const

export function fleetLeakageDrawn(tasks: readonly LeakageTask[], answers: readonly LeakageAnswer[]): Drawn {
  const line = (setting: string, of: 'originals' | 'guesses') => {
    const at = tasks.findIndex(
      (task) => task.attack === 'inversion' && task.network === 'convolutional' && task.setting === setting,
    )
    const shown = answers[at]!.shown!
    return { shape: [1, 28, 28] as const, pixels: new Uint8Array(Buffer.from(shown[of], 'base64')) }
  }
  const lines = [line('plain', 'originals'), ...shownSettings.map((setting) => line(setting, 'guesses'))]
  return { pictures: { 'fleet-leakage': contactSheet(lines, { columns: 5, scale: 3, gap: 3 }) } }
}
