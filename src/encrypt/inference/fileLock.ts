// One process at a time changes a key's file: for the moment that a change takes.
// Source: open(2), O_EXCL; the lock names its process, and one that died is cleared away.
// Processes of other machines or containers on a shared folder are waited for, and not known to live.

import { open, readFile, rm } from 'node:fs/promises'
import { setTimeout as later } from 'node:timers/promises'
import { isDead, thisProcess } from '../../data/processes.ts'
import { FrostglassError } from '../../errors.ts'

/** Milliseconds: between two looks, and in all. */
const [look, patience] = [20, 30_000]

/**
 * Does `work` while no other process does anything under the same path's lock.
 * @throws FrostglassError `io` when another has it for half a minute, or the folder cannot be written to
 */
export async function withFileLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const lock = `${path}.lock`
  const start = performance.now()
  for (;;) {
    try {
      const handle = await open(lock, 'wx', 0o600)
      await handle.writeFile(thisProcess).finally(() => handle.close())
      break
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException
      if (code !== 'EEXIST')
        throw new FrostglassError(
          'io',
          `cannot lock ${path}: ${message}`,
          'Make its folder writable: what a key has asked and read is kept in its file.',
          cause,
        )
      if (await isAbandoned(lock)) await clear(lock)
      else if (performance.now() - start > patience)
        throw new FrostglassError(
          'io',
          `${path} is in use by another process`,
          `Remove ${lock} and ${lock}.clear, if there is none.`,
        )
      else await later(look)
    }
  }
  try {
    return await work()
  } finally {
    await rm(lock, { force: true })
  }
}

/** Clears a dead process's lock away, one process at a time: who looked a moment ago must not take a living one's. */
async function clear(lock: string): Promise<void> {
  const handle = await open(`${lock}.clear`, 'wx', 0o600).catch(() => undefined)
  if (!handle) return void (await later(look))
  try {
    if (await isAbandoned(lock)) await rm(lock, { force: true })
  } finally {
    await handle.close()
    await rm(`${lock}.clear`, { force: true })
  }
}

/** Whether the lock is of a process of this machine that is no more. */
async function isAbandoned(lock: string): Promise<boolean> {
  return isDead(await readFile(lock, 'utf8').catch(() => ''))
}
