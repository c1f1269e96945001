// Options that say how a model of tables is trained, as recipes of the library: for a model, and for shadows of it.

import { type Command, Option } from 'commander'
import { adadelta, adagrad, adam, type Optimizer, rmsprop, sgd } from '../learn/index.ts'
import { paperRecipe, type TrainingRecipe } from '../serve/index.ts'
import { positiveNumber, wholeNumber, wholeNumbers } from './options.ts'

/** Optimisers by their names here. */
export const optimizers = {
  adam: (learningRate: number): Optimizer => adam({ learningRate }),
  sgd: (learningRate: number): Optimizer => sgd({ learningRate, momentum: 0.9 }),
  rmsprop: (learningRate: number): Optimizer => rmsprop({ learningRate }),
  adagrad: (learningRate: number): Optimizer => adagrad({ learningRate }),
  adadelta: (learningRate: number): Optimizer => adadelta({ learningRate }),
}

/** What hidden layers may end in. */
export const activations = ['tanh', 'relu', 'sigmoid', 'elu', 'softplus', 'softsign'] as const

/** The options, each absent where it was not given. */
export interface RecipeOptions {
  readonly hidden?: number[] | undefined
  readonly activation?: TrainingRecipe['activation'] | undefined
  readonly optimizer?: keyof typeof optimizers | undefined
  readonly learningRate?: number | undefined
  readonly batch?: number | undefined
  readonly epochs?: number | undefined
}

/** Adds the options; what is not given is as for `frostglass train`. */
export const withRecipe = (command: Command): Command =>
  command
    .addOption(
      new Option('--hidden <units>', 'units of the hidden layers, e.g. 64,32').argParser(wholeNumbers),
    )
    .addOption(new Option('--activation <name>', 'of the hidden layers').choices(activations))
    .addOption(new Option('--optimizer <name>', 'sgd has momentum 0.9').choices(Object.keys(optimizers)))
    .option('--learning-rate <rate>', 'halved on a plateau (images: not)', positiveNumber)
    .option('--batch <rows>', 'rows a step', wholeNumber(1, 1_000_000))
    .option('--epochs <count>', 'at most', wholeNumber(1, 1_000_000))

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
