// How a model of tables is trained, as the options say it, as recipes of the library: for a model, and for shadows of it.

import { adadelta, adagrad, adam, type Optimizer, rmsprop, sgd } from '../learn/index.ts'
import { paperRecipe, type TrainingRecipe } from '../serve/index.ts'
import type { OptimizerName } from './recipeNames.ts'

/** Optimisers by their names here. */
export const optimizers = {
  adam: (learningRate: number): Optimizer => adam({ learningRate }),
  sgd: (learningRate: number): Optimizer => sgd({ learningRate, momentum: 0.9 }),
  rmsprop: (learningRate: number): Optimizer => rmsprop({ learningRate }),
  adagrad: (learningRate: number): Optimizer => adagrad({ learningRate }),
  adadelta: (learningRate: number): Optimizer => adadelta({ learningRate }),
} satisfies Record<OptimizerName, unknown>

/** The options, each absent where it was not given. */
export interface RecipeOptions {
  readonly hidden?: number[] | undefined
  readonly activation?: TrainingRecipe['activation'] | undefined
  readonly optimizer?: OptimizerName | undefined
  readonly learningRate?: number | undefined
  readonly batch?: number | undefined
  readonly epochs?: number | undefined
}

/** The recipe of a model of tables. */
export function recipeOf(options: RecipeOptions, seed: number): TrainingRecipe {
  const { hidden, activation, batch, epochs } = options
  return {
    ...paperRecipe,
    ...(hidden === undefined ? {} : { hidden }),
    ...(activation === undefined ? {} : { activation }),
    ...(batch === undefined ? {} : { batch }),
    ...(epochs === undefined ? {} : { epochs }),
    optimizer: optimizerOf(options, 0.1),
    seed,
  }
}

/** The optimiser, at a rate of `learningRate` where none was given. */
export const optimizerOf = (options: RecipeOptions, learningRate: number): Optimizer =>
  optimizers[options.optimizer ?? 'adam'](options.learningRate ?? learningRate)
