// All optimisers by kind. A new one is one file and one line in the type and in the table.

import { FrostglassError } from '../../errors.ts'
import { type Adadelta, stepAdadelta } from './adadelta.ts'
import { type Adagrad, stepAdagrad } from './adagrad.ts'
import { type Adam, stepAdam } from './adam.ts'
import type { Rule } from './optimizer.ts'
import { type Rmsprop, stepRmsprop } from './rmsprop.ts'
import { type Sgd, stepSgd } from './sgd.ts'

/** An optimiser: a frozen record of its kind and settings. */
export type Optimizer = Adadelta | Adagrad | Adam | Rmsprop | Sgd

const rules: { readonly [K in Optimizer['kind']]: Rule<Extract<Optimizer, { kind: K }>> } = {
  adadelta: stepAdadelta,
  adagrad: stepAdagrad,
  adam: stepAdam,
  rmsprop: stepRmsprop,
  sgd: stepSgd,
}

/** The rule of an optimiser. @throws FrostglassError `usage` for a kind that is not one, or a rate that is not above 0. */
export function ruleOf(settings: Optimizer): Rule<Optimizer> {
  const rule = rules[settings.kind] as Rule<Optimizer> | undefined
  if (!rule) {
    throw new FrostglassError(
      'usage',
      `'${settings.kind}' is not an optimiser`,
      `Use one of ${Object.keys(rules).join(', ')}.`,
    )
  }
  if (!(settings.learningRate > 0 && settings.learningRate < Infinity)) {
    throw new FrostglassError(
      'usage',
      `the learning rate ${settings.learningRate} is not a number above 0`,
      'Try 0.001.',
    )
  }
  return rule
}
