// A privacy model from a name and texts: what a command line, a manifest or a policy says of it.
// Source: models.ts, whose list says what each model takes.
// It refuses every parameter that a model does not have: a threshold that is misspelt protects nobody.

import { FrostglassError, printable } from '../../../errors.ts'
import type { PrivacyModel } from '../model.ts'
import { regions } from '../population/regions.ts'
import type { ValueOrder } from './earthMover.ts'
import { type ModelParameter, models } from './models.ts'
import { rangeInWords, within } from './ranges.ts'

/**
 * A model by its name, from parameters as somebody wrote them.
 * @param given parameters by name; those with a default may be left out
 * @param sensitive name of the sensitive column, for models that read one
 * @throws FrostglassError `usage` for a name, a parameter or a value that is not of the list, and for what is missing
 *
 * @example
 * createModel('t-closeness', { t: '0.2' }, 'occupation').says // '0.2-closeness of occupation (equal distance)'
 */
export function createModel(
  name: string,
  given: Readonly<Record<string, string>>,
  sensitive?: string,
): PrivacyModel {
  const found = models.find((one) => one.name === name)
  if (found === undefined) {
    const names = models.map((one) => one.name).join(', ')
    throw new FrostglassError(
      'usage',
      `there is no privacy model ${JSON.stringify(printable(name))}`,
      `Name one of ${names}.`,
    )
  }
  for (const stated of Object.keys(given)) {
    if (found.parameters.some((parameter) => parameter.name === stated)) continue
    throw new FrostglassError(
      'usage',
      `${name} has no parameter ${JSON.stringify(printable(stated))}`,
      `It takes ${found.parameters.map((parameter) => parameter.name).join(', ')}.`,
    )
  }
  if (found.sensitive && (sensitive === undefined || sensitive === '')) {
    throw new FrostglassError(
      'usage',
      `${name} needs a sensitive column`,
      'Name the column that it is about (--sensitive).',
    )
  }
  const value = (wanted: string) =>
    readParameter(name, found.parameters.find((one) => one.name === wanted)!, given[wanted])
  return found.create(
    {
      number: (wanted) => value(wanted) as number,
      word: <W extends string>(wanted: string) => value(wanted) as W,
      order: (wanted) => value(wanted) as ValueOrder,
    },
    sensitive ?? '',
  )
}

/** A parameter's text as what it must be. */
function readParameter(
  model: string,
  parameter: ModelParameter,
  text: string | undefined,
): number | string | ValueOrder {
  if (text === undefined) {
    if ('otherwise' in parameter) return parameter.otherwise
    throw new FrostglassError(
      'usage',
      `${model} needs ${parameter.name}`,
      `Give ${parameter.name}: ${parameter.says}.`,
    )
  }
  if (parameter.kind === 'order') return text === 'numbers' || text === 'alphabet' ? text : text.split('|')
  if (parameter.kind === 'word') {
    if (parameter.of.includes(text)) return text
    throw new FrostglassError(
      'usage',
      `${parameter.name} is ${JSON.stringify(printable(text))}, and must be one of ${parameter.of.join(', ')}`,
      `Give ${parameter.name} as one of ${parameter.of.join(', ')}.`,
    )
  }
  const region = parameter.kind === 'people' ? new Map(Object.entries(regions)).get(text) : undefined
  const value = region ?? (text.trim() === '' ? Number.NaN : Number(text))
  if (Number.isFinite(value)) return within(parameter.name, value, parameter.range)
  throw new FrostglassError(
    'usage',
    `${parameter.name} is ${JSON.stringify(printable(text))}, and must be ${rangeInWords(parameter.range)}`,
    `Give ${parameter.name} as ${rangeInWords(parameter.range)}.`,
  )
}
