// A privacy model said in an option of the command line: `t-closeness:t=0.2,distance=hierarchical`.
// Source: docs/tables.md#models; models/models.ts has the list of names and what each takes.
// It reads words: whether a threshold is enough is nobody's to say here.

import { FrostglassError, printable } from '../../../errors.ts'
import type { PrivacyModel } from '../model.ts'
import { createModel } from '../models/createModel.ts'
import { models } from '../models/models.ts'

/** A model as it was asked for: what a manifest keeps of it. */
export interface AskedModel {
  readonly name: string
  readonly parameters: Readonly<Record<string, string>>
  /** The sensitive column that it reads; all of them, each on its own, where none is named. */
  readonly column?: string | undefined
}

/**
 * Reads `NAME:parameter=value,parameter=value`; the parameter `column` is the sensitive column that is meant.
 * @throws FrostglassError `usage` that shows how it is written
 */
export function readModelOption(said: string): AskedModel {
  const colon = said.indexOf(':')
  const [name, rest] = colon < 0 ? [said, ''] : [said.slice(0, colon), said.slice(colon + 1)]
  // Values of an order may have commas: only one before a name and a sign ends a parameter.
  const pairs = rest === '' ? [] : rest.split(/,(?=[a-z]+=)/)
  const parameters = new Map<string, string>()
  for (const pair of pairs) {
    const [, key, value] = /^([a-z]+)=(.*)$/s.exec(pair) ?? []
    if (key === undefined || value === undefined || parameters.has(key))
      throw new FrostglassError(
        'usage',
        `--model ${printable(said)}: ${key === undefined ? `"${printable(pair)}" is no parameter` : `${key} is said twice`}`,
        'Write NAME:parameter=value,parameter=value, such as t-closeness:t=0.2,column=occupation.',
      )
    parameters.set(key, value)
  }
  const column = parameters.get('column')
  parameters.delete('column')
  return { name, parameters: Object.fromEntries(parameters), column }
}

/**
 * The models that were asked for, one for each sensitive column that they read.
 * @throws FrostglassError `usage` as {@link createModel}, and for a column that is not sensitive
 */
export function askedModels(
  asked: readonly AskedModel[],
  sensitive: readonly string[],
): { readonly asked: readonly AskedModel[]; readonly models: readonly PrivacyModel[] } {
  const all = asked.flatMap((one): AskedModel[] => {
    const { name, column } = one
    const reads = models.find((entry) => entry.name === name)?.sensitive ?? false
    if (column !== undefined && !(reads && sensitive.includes(column)))
      throw new FrostglassError(
        'usage',
        reads
          ? `${name} is asked of the column ${printable(column)}, which is not sensitive here`
          : `${printable(name)} reads no sensitive column, and ${printable(column)} is named`,
        reads ? `Name it as sensitive (--sensitive ${printable(column)}).` : 'Leave the column out.',
      )
    return reads && column === undefined && sensitive.length > 0
      ? sensitive.map((name) => ({ ...one, column: name }))
      : [one]
  })
  return {
    asked: all,
    models: all.map(({ name, parameters, column }) => createModel(name, parameters, column)),
  }
}
