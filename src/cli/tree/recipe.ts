// Options that say how a model of tables is trained: for a model, for a private one, and for shadows of one.
// Source: ours; ../recipe.ts makes a recipe of them.
// It loads nothing that only running needs.

import { type Command, Option } from 'commander'
import { activations, optimizerNames } from '../recipeNames.ts'
import { positiveNumber, wholeNumber, wholeNumbers } from './options.ts'

/** What help says of the numbers, and what they are where they are not given. */
interface RecipeHelp {
  readonly rate: string
  readonly batch: string
  readonly epochs: string
  readonly defaults?: { readonly rate: number; readonly batch: number; readonly epochs: number } | undefined
}

/** Adds `--hidden`, `--activation`, `--optimizer`, `--learning-rate`, `--batch` and `--epochs`. */
export function withRecipe(command: Command, { rate, batch, epochs, defaults }: RecipeHelp): Command {
  const hidden = new Option('--hidden <units>', 'units of the hidden layers, e.g. 64,32').argParser(
    wholeNumbers,
  )
  const activation = new Option('--activation <name>', 'of the hidden layers').choices(activations)
  const optimizer = new Option('--optimizer <name>', 'sgd has momentum 0.9').choices(optimizerNames)
  if (defaults !== undefined) {
    hidden.default([8], '8')
    activation.default('tanh')
    optimizer.default('adam')
  }
  return command
    .addOption(hidden)
    .addOption(activation)
    .addOption(optimizer)
    .option('--learning-rate <rate>', rate, positiveNumber, defaults?.rate)
    .option('--batch <rows>', batch, wholeNumber(1, 1_000_000), defaults?.batch)
    .option('--epochs <count>', epochs, wholeNumber(1, 1_000_000), defaults?.epochs)
}
