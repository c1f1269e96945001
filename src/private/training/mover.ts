// The weights of a private training and what its optimiser remembers: moved by gradients, read, put back.
// Source: updateGraph.ts has the step; what comes behind the noise costs no privacy.
// Other programs that have the weights do not hear of it: machine.ts tells them.

import { FrostglassError } from '../../errors.ts'
import { sizeOf, type Tensor, type Value } from '../../graph/index.ts'
import type { Optimizer, Weights } from '../../learn/index.ts'
import type { ModelType } from '../../learn/model.ts'
import { type Open, zeros } from './sized.ts'
import { slopeOf, updateGraph } from './updateGraph.ts'

export interface Mover {
  /** Moves the weights by gradients, one array a weight. */
  move(slopes: readonly Float64Array[]): Promise<void>
  /** A weight as it is now (copied). */
  read(weight: Value): Tensor
  /** What the optimiser remembers besides (copied). */
  moments(): Weights
  /** Puts both back. @throws FrostglassError `input` for what has no content there */
  restore(state: { readonly weights: Weights; readonly moments: Weights }): void
}

/** @param penalties scalars of the weights, whose gradients need no noise */
export async function openMover(
  optimizer: Optimizer,
  trained: readonly Value[],
  penalties: readonly Value[],
  dtype: ModelType,
  open: Open,
): Promise<Mover> {
  const update = updateGraph(optimizer, trained, penalties, dtype)
  const program = await open(update)
  const remembered = update.variables.filter((v) => !trained.includes(v))
  const slopes = trained.map((w) => {
    const shape = w.shape as number[]
    return { name: slopeOf(w), content: { dtype, shape, data: zeros(dtype, sizeOf(shape)) } }
  })
  const feeds = Object.fromEntries(slopes.map(({ name, content }) => [name, content]))
  return {
    async move(means) {
      slopes.forEach(({ content }, i) => void content.data.set(means[i]!))
      await program.run(feeds)
    },
    read: (weight) => program.read(weight),
    moments: () => Object.fromEntries(remembered.map((v) => [v.name!, program.read(v)])),
    restore({ weights, moments }) {
      for (const v of [...trained, ...remembered]) {
        const content = weights[v.name!] ?? moments[v.name!]
        if (!content)
          throw new FrostglassError(
            'input',
            `the checkpoint keeps nothing of '${v.name}'`,
            'Go on with the model that it began with.',
          )
        program.write(v, content)
      }
    },
  }
}
