// Accuracy by bottleneck, summed up: a point for each classifier, obfuscator, width and seed.
// Source: bottlenecks.ts.

import type { Share } from '../shares.ts'
import type { BottleneckAnswer, BottleneckTask } from './bottlenecks.ts'

const names = {
  'infnet-mlp': 'InfNet-MLP',
  'infnet-cnn': 'InfNet-CNN',
  lenet: 'LeNet',
  mlp: 'ObfNet-MLP',
  cnn: 'ObfNet-CNN',
}

export interface Point {
  readonly classifier: string
  readonly obfuscator: string
  readonly bottleneck: number
  readonly seed: number
  readonly epochs: number
  readonly parameters: number
  readonly raw: Share
  readonly obfuscated: Share
  readonly drop: number
}

export interface BottlenecksResults {
  readonly points: readonly Point[]
}

export function bottlenecksResults(
  tasks: readonly BottleneckTask[],
  answers: readonly BottleneckAnswer[],
): BottlenecksResults {
  const points = tasks.flatMap((task, i): Point[] => {
    const { raw, obfuscated, parameters } = answers[i]!
    if (!('pane' in task) || !obfuscated) return []
    const { classifier, kind, bottleneck, epochs, seed } = task.pane
    return [
      {
        classifier: names[classifier.architecture],
        obfuscator: names[kind],
        bottleneck,
        seed,
        epochs,
        parameters: parameters!,
        raw,
        obfuscated,
        drop: 100 * (raw.value - obfuscated.value),
      },
    ]
  })
  points.sort(
    (a, b) =>
      a.classifier.localeCompare(b.classifier) ||
      b.obfuscator.localeCompare(a.obfuscator) ||
      a.bottleneck - b.bottleneck,
  )
  return { points }
}
