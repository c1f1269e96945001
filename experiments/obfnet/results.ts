// ObfNet before LeNet, summed up: what the service still tells of each pane's samples, and of many panes'.
// Source: obfnet.ts; Zheng et al. 2019. Of its numbers only LeNet's 98.98% is at hand.

import { average } from '../estimates.ts'
import type { Share } from '../shares.ts'
import type { ObfnetAnswer, ObfnetTask } from './obfnet.ts'

export type Of<K extends ObfnetAnswer['kind']> = Extract<ObfnetAnswer, { readonly kind: K }>

/** A pane without its pictures. */
export type PaneResult = Omit<Of<'pane'>, 'shown'>

export interface ObfnetResults {
  readonly raw: Share
  /** By name; those that were trained at a constant rate among them. */
  readonly panes: readonly PaneResult[]
  readonly many: Of<'many'>
  /** Percentage points below raw, means over ObfNet2. */
  readonly meanDrop: number
  readonly constantDrop: number
  /** Whether the service answered raw samples alike after every training. */
  readonly rawUnchanged: boolean
  /** What Zheng et al. report of LeNet. */
  readonly published: number
}

export function obfnetResults(_: readonly ObfnetTask[], answers: readonly ObfnetAnswer[]): ObfnetResults {
  const { raw } = answers.find((a): a is Of<'classifier'> => a.kind === 'classifier')!
  const panes = panesOf(answers).map(({ shown, ...rest }) => rest)
  const mean = (panes: readonly PaneResult[]) => average(panes, (pane) => dropOf(raw, pane))
  return {
    raw,
    panes,
    many: answers.find((a): a is Of<'many'> => a.kind === 'many')!,
    meanDrop: mean(panes.filter((pane) => !pane.constant && pane.name !== 'ObfNet1')),
    constantDrop: mean(panes.filter((pane) => pane.constant)),
    rawUnchanged: panes.every((pane) => pane.raw.value === raw.value),
    published: 0.9898,
  }
}

/** Panes by name. */
export const panesOf = (answers: readonly ObfnetAnswer[]): Of<'pane'>[] =>
  answers.filter((a): a is Of<'pane'> => a.kind === 'pane').sort((a, b) => (a.name < b.name ? -1 : 1))

/** Percentage points below raw. */
export const dropOf = (raw: Share, { obfuscated }: { readonly obfuscated: Share }): number =>
  100 * (raw.value - obfuscated.value)
