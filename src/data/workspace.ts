// A private folder beside an output for everything temporary, renamed from or removed as a whole.
// Source: issue section "What this issue must show" (no partial output after a full disk or kill -9).
// It does not promise to wipe what it removes: blocks stay on the disk until the system reuses them.

import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { isInterrupted, settle } from './together.ts'

const namePattern = /^\.frostglass-([0-9a-f]{8})-(\d+)-(\d+)-[0-9a-f]{8}$/

// Folders may be shared between machines or containers, where a process number means nothing.
const host = createHash('sha256').update(hostname()).digest('hex').slice(0, 8)

/** A folder that only this process uses. */
export type Workspace = { readonly folder: string; path(name: string): string; remove(): void }

/**
 * Makes a folder `.frostglass-<host>-<pid>-<start>-<random>`, mode 0700, in `parent`,
 * after removing those that killed processes of this host have left there.
 */
export function createWorkspace(parent: string): Workspace {
  removeStale(parent)
  const folder = join(parent, nameOfProcess('.frostglass'))
  mkdirSync(folder, { mode: 0o700 })
  return {
    folder,
    path: (file) => join(folder, file),
    remove: () => {
      try {
        // What could neither be done nor undone is needed by the next process.
        if (!isInterrupted(folder)) rmSync(folder, { recursive: true, force: true })
      } catch {
        // The output is what it is, with or without this: the next process removes it.
      }
    },
  }
}

/** A name that tells which process of which machine it belongs to. */
export function nameOfProcess(prefix: string): string {
  return `${prefix}-${host}-${process.pid}-${startOf(process.pid) ?? 0}-${randomBytes(4).toString('hex')}`
}

/** Whether a name of {@link nameOfProcess} belongs to a process of this machine that is gone. */
export function isLeftBehind(name: string, prefix: string): boolean {
  const match = name.startsWith(prefix) ? namePattern.exec(`.frostglass${name.slice(prefix.length)}`) : null
  return match !== null && match[1] === host && !isRunning(Number(match[2]), Number(match[3]))
}

/** Removes the workspaces in `parent` whose process is gone, after what they had decided upon is done. */
function removeStale(parent: string): void {
  for (const folder of deadIn(parent)) clear(folder)
}

/** Where the new names cannot be given, nor the old ones put back, what both need stays for a better day. */
function clear(folder: string): void {
  try {
    settle(folder)
    rmSync(folder, { recursive: true, force: true })
  } catch {
    // Another user's, or a disk that refuses: none of this process's business.
  }
}

/**
 * Ends what killed processes had begun in `parent`, so that who reads there finds files that belong together. Where this may
 * not write, all stays as it is.
 */
export function settleIn(parent: string): void {
  try {
    for (const folder of deadIn(parent).filter(isInterrupted)) clear(folder)
  } catch {
    // Whoever reads says what is wrong with what is there.
  }
}

function deadIn(parent: string): string[] {
  return readdirSync(parent).flatMap((entry) => {
    const match = namePattern.exec(entry)
    if (match === null || match[1] !== host) return []
    return isRunning(Number(match[2]), Number(match[3])) ? [] : [join(parent, entry)]
  })
}

/** Whether a process of this machine runs. @param start see {@link startOf}; 0 where it is not known */
export function isRunning(pid: number, start: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  // The number may have been given to a new process since.
  return start === 0 || (startOf(pid) ?? start) === start
}

/** When a process started, in clock ticks since boot (proc(5), field 22 of stat); undefined outside Linux. */
function startOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19])
  } catch {
    return undefined
  }
}
