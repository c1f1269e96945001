// The folder in which a node keeps its state belongs to one process at a time, of whatever fleet the node is: replies, and above all
// the count of rounds that were paid for, would be mixed by two.
// Source: ours; SQLite's lock on a file tells who has it: the system gives it up for a process that dies, however it dies.
// Machines that share the folder over a network are kept apart as well as its file system keeps locks.

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileError } from '../data/files.ts'
import { connect, isBusy } from '../data/sqlite.ts'
import { FrostglassError } from '../errors.ts'

/**
 * Makes the folder, and takes it for this caller alone.
 * @returns what gives it back
 * @throws FrostglassError 'io' for a folder that cannot be used, or that another has now
 */
export async function holdState(folder: string): Promise<() => void> {
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error) => {
    throw fileError(error, folder, 'making the folder')
  })
  return lockFolder(folder)
}

function lockFolder(folder: string): () => void {
  const path = join(folder, 'lock')
  let database: ReturnType<typeof connect> | undefined
  try {
    database = connect(path, 'rwc', 0)
    // Nothing is ever written: no journal lies about when somebody dies.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    const held = database
    return () => {
      if (held.isOpen) held.close()
    }
  } catch (cause) {
    database?.close()
    if (isBusy(cause))
      throw new FrostglassError(
        'io',
        `another process works as a node in ${folder}`,
        'End it first, or give this node a folder and a key of its own.',
        cause,
      )
    throw new FrostglassError(
      'io',
      `cannot lock ${path} (${(cause as Error).message})`,
      'Make the folder writable, and remove the file if it is none of a node’s.',
      cause,
    )
  }
}
