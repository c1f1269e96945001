// Training the network of a code pane: epochs of steps under a schedule of noise, rate and leak, resumable at every epoch.
// Source: ours: noise on z 0 → 0.8 over the first 35 % of the steps, Adam at 0.002 falling by a
// cosine, pictures moved by up to 2 pixels. The last epoch's weights are kept: the rate has fallen to 0 by then.
// No attribute is needed where λ is 0; what the pane gives away is certified afterwards, whatever happened here.

import { FrostglassError } from '../../errors.ts'
import type { Weights } from '../../learn/index.ts'
import { initialWeights } from '../../learn/model.ts'
import { type CodeNetwork, codeNetwork } from './codeNetwork.ts'
import { type CodeRows, requireClasses, requireRows } from './codeRows.ts'
import { startRun } from './codeRun.ts'
import { type CodeEpoch, type CodeTrainingOptions, type LeakOptions, recipeFor } from './codeTraining.ts'

/** A network with its weights. */
export interface TrainedNetwork {
  readonly network: CodeNetwork
  readonly weights: Weights
  readonly history: readonly CodeEpoch[]
}

/**
 * Trains encoder and head.
 * @param labels how many labels there are
 * @throws FrostglassError `shape`, `input`, `usage` for rows and options that do not fit, `usage` when training diverges or
 * the checkpoint is of another run, `aborted`
 */
export async function trainCodePane(
  rows: CodeRows,
  labels: number,
  options: CodeTrainingOptions = {},
): Promise<TrainedNetwork> {
  requireRows(rows, labels)
  const recipe = recipeFor(rows.labels.length, options)
  const { leak } = options
  if (leak) requireLeak(leak, rows.labels.length)
  const network = codeNetwork(rows.x.shape.slice(1), labels, options.layers)
  const weights = {
    ...initialWeights(network.encoder, recipe.seed),
    ...initialWeights(network.head, recipe.seed),
  }
  const run = await startRun(network, weights, rows, recipe, options)
  try {
    const history: CodeEpoch[] = [...(options.resume?.history ?? [])]
    if (options.resume) run.restore(options.resume)
    for (let epoch = history.length + 1; epoch <= recipe.epochs; epoch++) {
      history.push(await run.epoch(epoch))
      await options.onCheckpoint?.({
        seed: recipe.seed,
        finished: epoch === recipe.epochs,
        history: [...history],
        states: [],
        learningRate: recipe.learningRate,
        best: undefined,
        variables: run.variables(),
      })
    }
    return { network, weights: run.weights(), history }
  } finally {
    await run.close()
  }
}

function requireLeak({ attribute, classes, lambda }: LeakOptions, rows: number): void {
  if (attribute.length !== rows) {
    throw new FrostglassError('shape', `there are ${rows} rows, but ${attribute.length} of the attribute`)
  }
  requireClasses('attribute', attribute, classes)
  if (!(lambda > 0 && lambda < Number.POSITIVE_INFINITY)) {
    throw new FrostglassError('usage', `λ is ${lambda}`, 'Use a number above 0, such as 0.5.')
  }
}
