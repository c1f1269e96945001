// A fleet whose nodes have parts of one data set: the rows lie in shared memory once, however many threads read them.
// Source: McMahan et al. 2017, section 3 (a set cut into shards). The module that worker threads open such a fleet from.
// Learners that were asked for last are kept, with copies of their rows; the others are made again.

import { FrostglassError } from '../../errors.ts'
import type { ExecutorName, Tensor } from '../../graph/index.ts'
import { type Dataset, type LossName, sequential, takeRows } from '../../learn/index.ts'
import type { Layer } from '../../learn/layers/index.ts'
import { inSharedMemory } from '../../learn/sharedMemory.ts'
import { workerFile } from '../../learn/workers.ts'
import type { Learner } from '../learner/learner.ts'
import { openTrainer } from '../learner/trainer.ts'
import type { FleetSource, OpenFleet } from './fleet.ts'

/** The nodes of {@link datasetFleet}, and what they train. */
export interface DatasetFleetOptions {
  /** Of the model, and the shape of one row of its input. */
  readonly layers: readonly Layer[]
  readonly input: readonly number[]
  readonly loss: LossName
  readonly data: Dataset
  /** The rows of each node, by number; a row may be several nodes'. */
  readonly parts: readonly Int32Array[]
  /** Rows of a usual batch: the executor is chosen for it. */
  readonly batch?: number | undefined
  readonly executor?: ExecutorName | undefined
  /** Of layers that are frozen. */
  readonly weights?: Readonly<Record<string, Tensor>> | undefined
  /** Learners that each thread keeps; 256 unless given. */
  readonly keep?: number | undefined
}

/**
 * A fleet on parts of a data set.
 * @throws FrostglassError 'input' for a part without rows, or with a row that is not there
 */
export function datasetFleet(options: DatasetFleetOptions): FleetSource<DatasetFleetOptions> {
  const { data, parts } = options
  const rows = data.x.shape[0] ?? 0
  for (const [node, part] of parts.entries())
    if (part.length === 0 || part.some((row) => !(row >= 0 && row < rows)))
      throw new FrostglassError(
        'input',
        `node ${node} has no rows, or one that is not among the ${rows} of the data set`,
        'Give every node some of them.',
      )
  return {
    module: workerFile('datasetFleet', import.meta.url),
    options: { ...options, data: inSharedMemory(data) },
  }
}

/** Opens the fleet in a thread. */
export async function openFleet(options: DatasetFleetOptions): Promise<OpenFleet> {
  const { layers, input, loss, data, parts, batch, executor, weights, keep = 256 } = options
  const trainer = await openTrainer(sequential(layers, { input }), {
    loss,
    batch,
    executor,
    weights,
    pixels: data.x.dtype === 'uint8',
    threads: 1,
  })
  const kept = new Map<number, Learner>()
  return {
    nodes: parts.length,
    learner(index) {
      const learner = kept.get(index) ?? trainer.learner(takeRows(data, parts[index]!))
      // A map remembers the order: the one that was asked for longest ago goes first.
      kept.delete(index)
      if (keep > 0) kept.set(index, learner)
      if (kept.size > keep) kept.delete(kept.keys().next().value!)
      return learner
    },
    close: () => trainer.close(),
  }
}
