// The file of --policy.

import { readFile } from 'node:fs/promises'
import { type Attack, type Policy, readPolicy } from '../../audit/index.ts'
import { FrostglassError } from '../../errors.ts'

/** A policy from a file. @throws FrostglassError `input`. */
export async function readPolicyFile(
  path: string,
  attacks: readonly Pick<Attack, 'name'>[],
): Promise<Policy> {
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw new FrostglassError('input', `${path}: the policy cannot be read`, 'Check the path.', cause)
  })
  return readPolicy(text, path, attacks)
}
