// What a command checks of its output before it works for an hour: that nothing is in the way that must stay.
// Source: docs/architecture.md#errors-exits-files (bad input leaves no half-written output).
// It does not promise that the path is still free at the end: the writers check again.

import { access, constants, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { requireReplaceable } from '../data/files.ts'
import { standardInput } from '../data/standardInput.ts'
import { FrostglassError } from '../errors.ts'

/**
 * Refuses an output that would replace a file that is read, through links as well.
 * @throws FrostglassError `usage`.
 */
export async function requireDistinct(out: string, inputs: readonly (string | undefined)[]): Promise<void> {
  const target = await stat(out).catch(() => undefined)
  for (const input of inputs) {
    if (input === undefined || input === standardInput) continue
    const source = await stat(input).catch(() => undefined)
    const same = target && source && target.ino === source.ino && target.dev === source.dev
    if (!same && resolve(out) !== resolve(input)) continue
    throw new FrostglassError(
      'usage',
      `the output ${out} would replace the input ${input}`,
      'Name another file.',
    )
  }
}

/** Refuses a model's output of another name. @param example a name that would do @throws FrostglassError `usage` */
export function requireOnnx(out: string, example: string): void {
  if (!out.endsWith('.onnx'))
    throw new FrostglassError('usage', `${out} does not end in .onnx`, `Name it ${example}.`)
}

/**
 * Refuses an output that exists, unless `force`, one that can be no file, and one whose folder cannot take it.
 * @throws FrostglassError `usage`, `io`.
 */
export async function requireFree(out: string, force: boolean | undefined): Promise<void> {
  await requireReplaceable(out, force ?? false)
  const folder = dirname(resolve(out))
  if (!(await stat(folder).catch(() => undefined))?.isDirectory()) {
    throw new FrostglassError(
      'io',
      `${out}: there is no folder ${folder}`,
      'Make it first, or choose another.',
    )
  }
  await access(folder, constants.W_OK).catch((cause) => {
    throw new FrostglassError(
      'io',
      `${out}: the folder ${folder} cannot be written to`,
      'Choose another, or change its permissions.',
      cause,
    )
  })
}
