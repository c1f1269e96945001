// Which output of the service stands for which class of the data.
// Source: docs/architecture.md#the-learned-protection: somebody's classifier has its own classes, in its own order.
// Names are not guessed: equal counts mean equal order, everything else is said by a file.

import { z } from 'zod'
import type { Labels } from '../../data/index.ts'
import { FrostglassError } from '../../errors.ts'
import { readJsonFile } from '../../json.ts'

/** The output of each class of the data, from 0. */
export type ClassMap = Int32Array

/**
 * The mapping of a data set's classes to the outputs of a classifier: by a record of names, or in equal order where both
 * have as many.
 * @throws FrostglassError `usage` when it is neither, names a class twice or an output that is not there
 */
export function mapClasses(
  { names }: Pick<Labels, 'names'>,
  outputs: number,
  mapping?: Readonly<Record<string, number>>,
): ClassMap {
  if (!mapping) {
    if (names.length === outputs) return Int32Array.from(names, (_, i) => i)
    throw new FrostglassError(
      'usage',
      `the data have ${names.length} classes (${listed(names)}), but the classifier has ${outputs} outputs`,
      `Write which output, from 0, each class is: {"${names[0]}": 0, …}, and name that file with --classes.`,
    )
  }
  const taken = new Map<number, string>()
  return Int32Array.from(names, (name) => {
    const output = Object.hasOwn(mapping, name) ? mapping[name] : undefined
    if (output === undefined) {
      throw new FrostglassError(
        'usage',
        `the class mapping lacks '${name}'`,
        `Give every class of the data its output: ${listed(names)}.`,
      )
    }
    if (!Number.isInteger(output) || output < 0 || output >= outputs) {
      throw new FrostglassError(
        'usage',
        `the class mapping gives '${name}' the output ${output}`,
        `Give whole numbers from 0 to ${outputs - 1}, which are the classifier's outputs.`,
      )
    }
    const other = taken.get(output)
    if (other !== undefined) {
      throw new FrostglassError(
        'usage',
        `the class mapping gives '${other}' and '${name}' the output ${output}`,
        'Give each class an output of its own.',
      )
    }
    taken.set(output, name)
    return output
  })
}

const listed = (names: readonly string[]): string =>
  names.length <= 4 ? names.join(', ') : `${names.slice(0, 3).join(', ')} … ${names.at(-1)}`

/** Reads a mapping from a JSON file, `{"n01440764": 0, …}`. @throws FrostglassError `input`. */
export const readClassMapping = (path: string): Promise<Readonly<Record<string, number>>> =>
  readJsonFile(path, z.record(z.string(), z.number({ error: 'it is not a number' })), {
    what: 'the class mapping',
    hint: 'Write one JSON object of class names and output numbers, {"n01440764": 0, …}.',
  })
