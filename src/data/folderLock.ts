// One process at a time gives files of a folder their names.
// Source: Lamport's bakery (CACM 17(8), 1974): announce yourself, then look; enter where nobody else has. A name for each who
// announces, by O_EXCL, says who it is: a dead one's is passed by, and nobody can take a living one's away by mistake.
// It keeps out who asks for it, which other programs do not. Whether somebody of another machine or container lives is not known.

import { AsyncLocalStorage } from 'node:async_hooks'
import { randomBytes } from 'node:crypto'
import { readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as later } from 'node:timers/promises'
import { FrostglassError } from '../errors.ts'
import { isDead, processPattern, thisProcess } from './processes.ts'

const namePattern = new RegExp(`^\\.frostglass-lock-[0-9a-f]{16}-${processPattern}$`)

/** Milliseconds between two looks, and how often one looks: who waits for others, and who only tidies up. */
const [pause, patience, haste] = [20, 500, 50]

/** The folders that whoever asks has locked already: what is done under a lock may place files, too. */
const held = new AsyncLocalStorage<ReadonlySet<string>>()

/**
 * Does `work` while no other process, and nothing else of this one, has any of these folders locked.
 * @throws FrostglassError `io` when another keeps one for 10 seconds of looking; what `work` throws
 */
export async function locked<T>(folders: readonly string[], work: () => T | Promise<T>): Promise<T> {
  const heldHere = new Set(held.getStore())
  const markers: string[] = []
  try {
    for (const folder of unlocked(folders)) {
      const entering = enter(folder, patience)
      for (;;) {
        const { done, value } = entering.next()
        if (done) {
          markers.push(value)
          break
        }
        await later(pause)
      }
      heldHere.add(folder)
    }
    return await held.run(heldHere, work)
  } finally {
    heldHere.clear()
    for (const marker of markers) withdraw(marker)
  }
}

/** As {@link locked}, at once or after a second: `undefined` where another has one of them. */
export function lockedNow<T>(folders: readonly string[], work: () => T): T | undefined {
  const markers: string[] = []
  try {
    for (const folder of unlocked(folders)) {
      const entering = enter(folder, haste)
      let step = entering.next()
      for (; !step.done; step = entering.next()) {
        // What this process does it cannot go on with while it waits here.
        if (step.value.endsWith(thisProcess)) {
          entering.return('')
          return undefined
        }
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause)
      }
      markers.push(step.value)
    }
    return work()
  } catch (error) {
    if (error instanceof Busy) return undefined
    throw error
  } finally {
    for (const marker of markers) withdraw(marker)
  }
}

class Busy extends FrostglassError {}

// All take several in one order, so that no two wait for each other.
const unlocked = (folders: readonly string[]): string[] =>
  [...new Set(folders.map((folder) => realpathSync(folder)))]
    .filter((folder) => !held.getStore()?.has(folder))
    .sort()

/** Yields who is in the way, as often as is to be waited; returns what is to be withdrawn. */
function* enter(folder: string, looks: number): Generator<string, string> {
  const name = `.frostglass-lock-${randomBytes(8).toString('hex')}-${thisProcess}`
  const marker = join(folder, name)
  let [isAnnounced, isIn] = [false, false]
  try {
    for (let look = 1; ; look++) {
      if (!isAnnounced) {
        isAnnounced = true
        writeFileSync(marker, '', { flag: 'wx', mode: 0o600 })
      }
      const others = othersIn(folder, name)
      if (others.length === 0) {
        isIn = true
        return marker
      }
      // Of those who wait, the first by name keeps its place: they do not give way to each other for ever.
      if (others[0]! < name) {
        withdraw(marker)
        isAnnounced = false
      }
      if (look === looks) throw busy(folder, others[0]!)
      yield others[0]!
    }
  } finally {
    if (isAnnounced && !isIn) withdraw(marker)
  }
}

/** Those who have announced themselves and may be alive, in order. */
function othersIn(folder: string, ticket: string): string[] {
  return readdirSync(folder)
    .filter((entry) => {
      const match = namePattern.exec(entry)
      if (match === null || entry === ticket) return false
      if (!isDead(match[1]!)) return true
      withdraw(join(folder, entry))
      return false
    })
    .sort()
}

function withdraw(marker: string): void {
  // Who stays announced without need keeps all others out: twice, where the system refuses.
  for (let attempt = 0; attempt < 2; attempt++)
    try {
      rmSync(marker, { force: true })
      return
    } catch {
      // A name that stays is passed by as soon as this process has ended.
    }
}

const busy = (folder: string, other: string) =>
  new Busy(
    'io',
    `another process is writing in ${folder} now`,
    `try again when it is done; if there is none, such as after a container was killed, remove ${join(folder, other)}`,
  )
