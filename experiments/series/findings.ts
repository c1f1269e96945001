// What the page of the time-series experiment says in numbers: claims held to account, set-up, control.
// Source: SPG section 5.2; the paper's own numbers are not known here and none are given.

import type { Values } from '../template.ts'
import type { SeriesData } from './results.ts'
import { recipeText } from './tables.ts'
import {
  activations,
  armsOf,
  blindOf,
  cellOf,
  depthsOf,
  growthAt,
  ratioText,
  shareText,
  spreadText,
} from './text.ts'

/** The paper's claims beside what was measured. */
export function claims(data: SeriesData): Values {
  const main = data.choices[0]!.name
  const exp = (layers: number) => cellOf(data, main, 'paper', 'exp', layers)
  const failing = depthsOf(data, main).find((layers) => exp(layers).trained < exp(layers).trainings)
  const overflow = (layers: number) => shareText(1 - growthAt(data, 'mean 0, deviation 1', layers).float32)
  const left = leaving(data, main)
  const everything = cellOf(data, main, 'full', 'identity', 0)
  const zeros = blindOf(data, main)
  return {
    failing:
      failing === undefined
        ? []
        : [{ layers: failing, share: shareText(1 - exp(failing).trained / exp(failing).trainings) }],
    'overflow-at-two': overflow(2),
    'overflow-at-three': overflow(3),
    leaves: left.length > 0 ? [{ which: left.join(', ') }] : [],
    zeros: spreadText(zeros, 'test'),
    everything: spreadText(everything, 'test'),
    hidden: zeros.test!.mean <= everything.test!.mean + everything.test!.deviation,
    'zeros-validation': spreadText(zeros, 'validation'),
    'everything-validation': spreadText(everything, 'validation'),
    'zeros-ratio': ratioText(zeros.ratio!.validation),
  }
}

/** Which variants leave one deviation of the unprotected series by their test error, and at which depth. */
function leaving(data: SeriesData, choice: string): string[] {
  return (['paper', 'full'] as const).flatMap((arm) => {
    const base = cellOf(data, choice, arm, 'identity', 0).test!
    return activations.flatMap((activation) => {
      const out = depthsOf(data, choice).find((layers) => {
        const { test, trained, trainings } = cellOf(data, choice, arm, activation, layers)
        return test && trained === trainings && test.mean > base.mean + base.deviation
      })
      return out === undefined ? [] : [`${arm} ${activation} at ${out}`]
    })
  })
}

/** Which sales, which splits, which training. */
export function setUp({ recipe, choices, references }: SeriesData): Values {
  const { shape, months } = choices[0]!
  const needed = shape.train + shape.validation + shape.test
  const shared = 2 * shape.overlap
  return {
    train: shape.train,
    validation: shape.validation,
    test: shape.test,
    needed,
    months,
    shared,
    span: needed - shared,
    possible: months - needed + shared + 1,
    overlap: shape.overlap,
    splits: references[0]!.splits,
    outside: (100 * references[0]!.outside).toFixed(0),
    epochs: recipe.epochs,
    patience: recipe.patience,
    recipe: recipeText(recipe),
  }
}

/** The longer series on which predictors matter. */
export function control(data: SeriesData): Values {
  const { name, target, months, shape, competitors, adjoint } = data.control
  const blind = blindOf(data, name)
  const ratios = armsOf(data, name).map((arm) => {
    const found = activations.map((a) => {
      const { ratio, trained, trainings } = cellOf(data, name, arm, a, 3)
      return `${a} ${ratio && trained === trainings ? ratioText(ratio.test) : `${shareText(trained / trainings)} forecasts`}`
    })
    return `${arm} ${found.join(', ')}`
  })
  return {
    'control-target': target,
    'control-months': months,
    'control-competitors': competitors.join(', '),
    'control-adjoint': adjoint.join(' and '),
    'control-train': shape.train,
    'control-validation': shape.validation,
    'control-test': shape.test,
    'control-splits': data.references.find((r) => r.choice === name)!.splits,
    'control-windows': shape.train - shape.past - shape.ahead + 1,
    'control-zeros': spreadText(blind, 'test'),
    'control-zeros-ratio': ratioText(blind.ratio!.test),
    'control-ratios': ratios.join('; '),
  }
}

/** Exponential layers: how many keys survive, how many trainings later months cost. */
export function survivors(data: SeriesData): Values {
  const five = growthAt(data, '-0.5 to 0.5', 5)
  return {
    keys: data.growth[0]!.keys,
    'survive-float32': shareText(five.float32),
    'survive-float64': shareText(five.float64),
  }
}

/** What the overlap flatters, as the ratio of the network to the training mean. */
export function flattered({ references, cells }: SeriesData): string {
  return references
    .map(({ choice, mean }) => {
      const { test, strict } = cells.find((c) => c.choice === choice && c.arm === 'full' && c.layers === 0)!
      return `${choice} ${(test!.mean / mean.test).toFixed(2)} with the overlap, ${(strict!.mean / mean.strict).toFixed(2)} without`
    })
    .join('; ')
}

/** How much of a difference between means is chance of training and keys; nothing for one seed. */
export function noise(data: SeriesData, choice: string): readonly Values[] {
  const noises = data.cells.flatMap((cell) =>
    cell.choice === choice && cell.noise !== undefined ? [cell.noise] : [],
  )
  if (noises.length === 0) return []
  return [{ deviation: (noises.reduce((sum, v) => sum + v, 0) / noises.length).toFixed(0) }]
}
