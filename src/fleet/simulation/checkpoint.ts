// Where a simulation stands, in a file: whole or not at all, and refused when it is damaged.
// Source: Node's structured clone (node:v8), behind a checksum. Only files that this wrote are to be read: it is no format for strangers.

import { readFile } from 'node:fs/promises'
import { deserialize, serialize } from 'node:v8'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { writeFileAtomic } from '../../data/files.ts'
import { FrostglassError } from '../../errors.ts'
import type { Snapshot } from './running.ts'

const head = 'frostglass simulation 1 '
const headLength = head.length + 64 + 1

/** Writes a snapshot, over an earlier one. @throws FrostglassError 'io' */
export async function writeSnapshot<State>(path: string, snapshot: Snapshot<State>): Promise<void> {
  const bytes = serialize(snapshot)
  const line = new TextEncoder().encode(`${head}${bytesToHex(sha256(bytes))}\n`)
  await writeFileAtomic(path, [line, bytes], { force: true })
}

/**
 * Reads a snapshot of an algorithm with the same state; nothing where there is no file.
 * @throws FrostglassError 'input' for a file that is damaged or another's, 'io' where it cannot be read
 */
export async function readSnapshot<State>(path: string): Promise<Snapshot<State> | undefined> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined
    throw new FrostglassError('io', `${path} cannot be read: ${cause.message}`, 'Allow reading it.', cause)
  })
  if (!bytes) return undefined
  const body = bytes.subarray(headLength)
  if (bytes.toString('latin1', 0, headLength) !== `${head}${bytesToHex(sha256(body))}\n`)
    throw new FrostglassError(
      'input',
      `${path} is no snapshot of a simulation, or is damaged`,
      'Remove it, and start over.',
    )
  return deserialize(body) as Snapshot<State>
}
