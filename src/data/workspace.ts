// A private folder beside an output for everything temporary, renamed from or removed as a whole.
// Source: docs/architecture.md#tables (no partial output after a full disk or kill -9).
// It does not promise to wipe what it removes: blocks stay on the disk until the system reuses them.

import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isLeftBehind, nameOfProcess } from './processes.ts'
import { isInterrupted, settle } from './together.ts'

const prefix = '.frostglass'

/** A folder that only this process uses. */
export type Workspace = { readonly folder: string; path(name: string): string; remove(): void }

/**
 * Makes a folder `.frostglass-<host>-<pid>-<start>-<random>`, mode 0700, in `parent`,
 * after removing those that killed processes of this host have left there.
 */
export function createWorkspace(parent: string): Workspace {
  removeStale(parent)
  const folder = join(parent, nameOfProcess(prefix))
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

/** Removes the workspaces in `parent` whose process is gone, after what they had decided upon is done. */
function removeStale(parent: string): void {
  for (const folder of deadIn(parent)) clear(folder)
}

/** Where the new names cannot be given, nor the old ones put back, what both need stays for a better day. */
function clear(folder: string): void {
  try {
    const end = isInterrupted(folder) ? settle(folder) : 'over'
    if (end === 'over') rmSync(folder, { recursive: true, force: true })
    if (end === 'stuck') setAside(folder)
  } catch {
    // Another user's, or a disk that refuses: none of this process's business.
  }
}

/** What may be the last copy of something is never removed: it gets a name that is seen, and its owner is told. */
function setAside(folder: string): void {
  const aside = join(dirname(folder), `frostglass-unfinished-${randomBytes(4).toString('hex')}`)
  renameSync(folder, aside)
  process.emitWarning(
    `a command was stopped while it replaced files, and they were moved or changed since: what it had is kept in ${aside} (journal.json there says which file was to be what); remove it when nothing in it is needed`,
    'FrostglassWarning',
  )
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
  return readdirSync(parent).flatMap((entry) => (isLeftBehind(entry, prefix) ? [join(parent, entry)] : []))
}
