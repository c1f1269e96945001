// What ObfNet gives away of coloured digits, summed up: a point a pane, and the classifier's base.
// Source: colors.ts; Yonan et al. 2025.

import type { Measure } from '../../src/audit/index.ts'
import type { Share } from '../shares.ts'
import type { Colors, Reconstruction, Structure } from './adversaries.ts'
import type { ColorsAnswer, ColorsTask, Effort } from './colors.ts'

export const names = { mlp: 'ObfNet-MLP', cnn: 'ObfNet-CNN' } as const

/** Without its pictures. */
export type Measured = Omit<Reconstruction, 'shown'>
/** Without its map. */
export type Purity = Pick<Structure, 'digit' | 'color'>

/** One pane and what its adversaries got. */
export interface ColorsPoint {
  readonly obfuscator: string
  readonly bottleneck: number
  readonly seed: number
  readonly raw: Share
  readonly obfuscated: Share
  readonly parameters: number
  readonly reconstructions: readonly Measured[]
  readonly colors: Colors
  readonly structure: Purity
  readonly seconds: number
}

export interface ColorsResults {
  readonly raw: Share
  /** Of the mean training image, which needs no attack. */
  readonly meanImage: readonly Measure[]
  readonly rawStructure: Purity
  readonly effort: Effort
  readonly points: readonly ColorsPoint[]
}

/** A pane's answer as it came, with its pictures. */
export type Answered = Omit<ColorsPoint, 'reconstructions' | 'structure'> & NonNullable<ColorsAnswer['pane']>

export function colorsResults(tasks: readonly ColorsTask[], answers: readonly ColorsAnswer[]): ColorsResults {
  const base = answers.find((a) => a.originals)!
  const { digit, color } = base.structure!
  return {
    raw: base.raw,
    meanImage: base.meanImage!,
    rawStructure: { digit, color },
    effort: tasks[0]!.effort,
    points: answeredOf(tasks, answers).map(({ shown, ...rest }) => ({
      ...rest,
      reconstructions: rest.reconstructions.map(({ shown: _, ...measured }) => measured),
      structure: { digit: rest.structure.digit, color: rest.structure.color },
    })),
  }
}

/** Panes by obfuscator, width and seed. */
export function answeredOf(tasks: readonly ColorsTask[], answers: readonly ColorsAnswer[]): Answered[] {
  return tasks
    .flatMap((task, i): Answered[] => {
      const { pane, raw, seconds } = answers[i]!
      if (!('pane' in task) || !pane) return []
      const { kind, bottleneck, seed } = task.pane
      return [{ obfuscator: names[kind], bottleneck, seed, raw, seconds, ...pane }]
    })
    .sort(
      (a, b) => b.obfuscator.localeCompare(a.obfuscator) || a.bottleneck - b.bottleneck || a.seed - b.seed,
    )
}

export const measure = (of: readonly Measure[], name: string): Measure => of.find((m) => m.name === name)!

/** The reconstruction that is most alike: an auditor counts the strongest attack. */
export const strongest = <R extends Measured>({
  reconstructions,
}: {
  readonly reconstructions: readonly R[]
}): R =>
  reconstructions.reduce((a, b) =>
    measure(b.similarity, 'ssim').value > measure(a.similarity, 'ssim').value ? b : a,
  )
