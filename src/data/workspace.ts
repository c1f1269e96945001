// A private folder beside an output for everything temporary, renamed from or removed as a whole.
// Source: issue section "What this issue must show" (no partial output after a full disk or kill -9).
// It does not promise to wipe what it removes: blocks stay on the disk until the system reuses them.

import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'

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
  const name = `.frostglass-${host}-${process.pid}-${startOf(process.pid) ?? 0}-${randomBytes(4).toString('hex')}`
  const folder = join(parent, name)
  mkdirSync(folder, { mode: 0o700 })
  return {
    folder,
    path: (file) => join(folder, file),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Removes the workspaces in `parent` whose process is gone. */
function removeStale(parent: string): void {
  for (const entry of readdirSync(parent)) {
    const match = namePattern.exec(entry)
    if (match === null || match[1] !== host) continue
    if (!isRunning(Number(match[2]), Number(match[3])))
      rmSync(join(parent, entry), { recursive: true, force: true })
  }
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
