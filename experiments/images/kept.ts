// What one task has trained and others need too: a file in the run's shared folder, made once.
// Source: docs/architecture.md#experiments (resumable runs; weights are not in a task's answer).
// Two tasks make the same file twice only if one of them stood still for a minute: it is wasted work, not a wrong result.

import { mkdir, open, readFile, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { writeFileAtomic } from '../../src/data/files.ts'
import { throwIfAborted } from '../../src/errors.ts'

/** Milliseconds without a sign of life after which whoever makes a file is taken to be gone. */
const patience = 60_000

/**
 * The path of a file that is made by `make` unless it is there; others that want it meanwhile wait.
 * @param what JSON that names the contents: another value, another file
 * @throws FrostglassError `aborted`, and what `make` throws
 */
export async function kept(
  folder: string,
  what: object,
  make: () => Promise<Uint8Array>,
  signal?: AbortSignal,
): Promise<string> {
  await mkdir(folder, { recursive: true })
  const path = join(
    folder,
    `${bytesToHex(sha256(new TextEncoder().encode(JSON.stringify(what)))).slice(0, 24)}.onnx`,
  )
  const lock = `${path}.lock`
  for (;;) {
    if (await readFile(path).catch(() => undefined)) return path
    throwIfAborted(signal)
    const mine = await open(lock, 'wx').catch(() => undefined)
    if (mine) {
      const alive = setInterval(() => void utimes(lock, new Date(), new Date()).catch(() => undefined), 5000)
      try {
        await mine.close()
        // Whoever had the lock before may have finished between the look and the lock.
        if (!(await stat(path).catch(() => undefined)))
          await writeFileAtomic(path, await make(), { force: true })
        return path
      } finally {
        clearInterval(alive)
        await rm(lock, { force: true })
      }
    }
    const since = await stat(lock).catch(() => undefined)
    if (since && Date.now() - since.mtimeMs > patience) await rm(lock, { force: true })
    else await setTimeout(300)
  }
}
