// A table for standard output (`--out -`): made whole in a private folder, and only then passed on, so that a failure prints nothing.
// Source: ours; POSIX Utility Syntax Guideline 13 for the name.
// The folder lies where temporary files do (TMPDIR): what is restored is there for as long as it takes, readable by its owner alone.

import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { openWorkspace } from '../data/files.ts'
import { FrostglassError, throwIfAborted } from '../errors.ts'
import { writeWhole } from './wholeWrite.ts'

/** Whether an output is standard output rather than a file. */
export const isStandardOutput = (out: string): boolean => out === '-'

/**
 * Refuses standard output where there is more to write than a table.
 * @param beside what else the command writes: files, or their kinds in words
 * @throws FrostglassError `usage`
 */
export function requireTableAlone(json: boolean | undefined, beside: string | undefined): void {
  if (beside !== undefined)
    throw new FrostglassError(
      'usage',
      `--out -: ${beside} goes with this table, and standard output has no place beside it`,
      'Name a file, e.g. --out table.csv.',
    )
  if (json)
    throw new FrostglassError(
      'usage',
      '--out - and --json both want standard output',
      'Leave one of them out, or name a file.',
    )
}

/**
 * Has a table made as a CSV file, and passes its bytes on. What `make` throws is thrown, and then nothing is printed.
 * @throws FrostglassError `aborted`, in the middle of what is printed; `io` where temporary files cannot be
 * @param make takes the path of the file, which is nobody's to see
 */
export async function toStandardOutput<T>(
  make: (path: string) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const workspace = openWorkspace(`${tmpdir()}/table`)
  // A reader that has seen enough ends this process where it stands.
  process.once('exit', workspace.remove)
  try {
    const path = workspace.path('table.csv')
    const made = await make(path)
    await passOn(path, signal)
    return made
  } finally {
    process.off('exit', workspace.remove)
    workspace.remove()
  }
}

async function passOn(path: string, signal: AbortSignal): Promise<void> {
  const file = await open(path)
  const bytes = Buffer.alloc(1 << 18)
  try {
    for (;;) {
      throwIfAborted(signal)
      const { bytesRead } = await file.read(bytes, 0, bytes.length, null)
      if (bytesRead === 0) return
      await written(bytes.subarray(0, bytesRead))
    }
  } finally {
    await file.close()
  }
}

/** Resolves when the bytes are out. Where they cannot be, whoever listens to the stream ends the process: nobody waits any more. */
function written(bytes: Uint8Array): Promise<void> {
  return new Promise((done) => {
    writeWhole(bytes, (error) => {
      if (!error) done()
    })
  })
}
