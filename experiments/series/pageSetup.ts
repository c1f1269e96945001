// The parts of the time-series page that say what was done: series, splits, training, grid, and what overlap flatters.
// Source: SPG section 5.2; carSales.ts, seriesSplits.ts, series.ts.

import type { Optimizer } from '../../src/learn/index.ts'
import { markdownTable } from '../textTables.ts'
import type { SeriesCell } from './cells.ts'
import type { Reference, SeriesData } from './report.ts'
import type { SeriesRecipe } from './training.ts'

/** Which sales, which splits, which training. */
export function setupSection(data: SeriesData): string[] {
  const { recipe, grid } = data
  const { shape, months } = data.choices[0]!
  const span = shape.train + shape.validation + shape.test - 2 * shape.overlap
  return [
    '## Set-up',
    '',
    'The paper’s sales are not public. In their place stand Norway’s monthly registrations of cars:',
    '',
    markdownTable(
      ['series', 'target', 'competitors', 'adjoint classes', 'first month', 'mean of target', 'why'],
      data.choices.map((choice, i) => [
        choice.name,
        choice.target,
        choice.competitors.join(', '),
        choice.adjoint.join(', '),
        choice.from,
        data.references[i]!.level.toFixed(0),
        choice.why,
      ]),
    ),
    '',
    `- **Splits.** Blocks of ${shape.train}, ${shape.validation} and ${shape.test} months, moved on by one. They need ${shape.train + shape.validation + shape.test} months and there are ${months}, so they overlap; only`,
    `  ${2 * shape.overlap} shared months in all give 18 splits (${shape.train} + ${shape.validation} + ${shape.test} − ${2 * shape.overlap} = ${span}, ${months} − ${span} + 1 = ${months - span + 1}). Taken here: ${shape.overlap} between each two neighbours, which`,
    '  is one window: the last training window is the first validation window, and the last of those the first test window.',
    `  A split trains on 13 windows and tests on 4. Splits measured: ${data.references[0]!.splits}.`,
    '- **Scale.** The target is standardised by the training block. The layers are fitted to the training block too: the owner',
    '  has more months by the time of the test, but a key made from them would carry the future into the predictors.',
    `  ${(100 * data.references[0]!.outside).toFixed(0)}% of the later numbers lie outside the range that stage 1 took from the training block.`,
    '- **Layers** act on each month’s six numbers. Each split draws its own, as layers do that are initialised with the model;',
    '  depths and variants of one split and seed share a secret. What the full scheme cannot do to a series: the order of the samples stays, since a service',
    '  that learns a series must know it; and a secret scale of the target would be undone by standardising.',
    '- **Training.** Two LSTM layers of six units, a dense layer of three, all windows in one step, at most',
    `  ${recipe.epochs} epochs, stopped after ${recipe.patience} without a smaller validation error, weights of the best epoch. ${recipeText(recipe)}.`,
    '  It computes in float64 in all variants; the float32 of the paper’s variant is that of its layers.',
    ...(grid.length > 0 ? ['', ...gridSection(data)] : []),
  ]
}

function gridSection({ grid, recipe, choices }: SeriesData): string[] {
  const used = grid.findIndex((row) => recipeText(row.recipe) === recipeText(recipe))
  const number = (value: number | undefined) => (value === undefined ? 'failed' : value.toFixed(0))
  return [
    `### Grid on the unprotected series (${choices[0]!.target})`,
    '',
    `${grid.length} recipes, one seed, ordered by the validation error, by which the recipe in use was chosen; it is number ${used + 1} here.`,
    '',
    markdownTable(
      ['recipe', 'validation RMSE', 'test RMSE', 'epochs'],
      [...grid.slice(0, 8), ...grid.slice(-2)].map((row) => [
        recipeText(row.recipe),
        number(row.validation),
        number(row.test),
        number(row.epochs),
      ]),
    ),
    '',
    'The eight best and the two worst; all are in the JSON.',
  ]
}

const optimizers: Readonly<Record<Optimizer['kind'], string>> = {
  adadelta: 'Adadelta',
  adagrad: 'Adagrad',
  adam: 'Adam',
  rmsprop: 'RMSprop',
  sgd: 'SGD with momentum',
}

function recipeText({ optimizer, activation }: SeriesRecipe): string {
  return `${optimizers[optimizer.kind]}, rate ${optimizer.learningRate}, ${activation} cells`
}

/** The errors of simple rules beside the network's, and over the windows that nothing was chosen on. */
export function overlapSection({ references, cells }: SeriesData): string[] {
  const find = (choice: string, arm: SeriesCell['arm']) =>
    cells.find((c) => c.choice === choice && c.arm === arm && c.layers === 0)!
  const pair = (test: number, strict: number) => `${test.toFixed(0)} / ${strict.toFixed(0)}`
  const rule = ({ test, strict }: Reference['last']) => pair(test, strict)
  const network = ({ test, strict }: SeriesCell) => pair(test!.mean, strict!.mean)
  const flattered = references.map((r) => {
    const { test, strict } = find(r.choice, 'full')
    return { choice: r.choice, test: test!.mean / r.mean.test, strict: strict!.mean / r.mean.strict }
  })
  return [
    '## Against simple rules, and without the overlap',
    '',
    'RMSE, mean over splits: all test windows / those of which no foretold month was trained or chosen on.',
    '',
    markdownTable(
      ['series', 'no layers', 'zeros', 'last month repeated', 'same month a year before', 'training mean'],
      references.map((r) => [
        r.choice,
        network(find(r.choice, 'full')),
        network(find(r.choice, 'blind')),
        rule(r.last),
        rule(r.seasonal),
        rule(r.mean),
      ]),
    ),
    '',
    'No foretold test month is trained on, but some (in 44 months six of twelve) are foretold in validation',
    'too, where the epoch is chosen. What that flatters, as the ratio of the network to the training mean, which nothing',
    `is chosen for: ${flattered.map((f) => `${f.choice} ${f.test.toFixed(2)} with the overlap, ${f.strict.toFixed(2)} without`).join('; ')}.`,
  ]
}
