// A private folder among the system's temporary files, for what may be on no disk for longer than a process lives.
// Source: os.tmpdir(), which TMPDIR names. It is no workspace: others may write there, and what they leave is nobody's journal.
// It does not promise to wipe what it removes.

import { lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileError } from './files.ts'
import { isLeftBehind, nameOfProcess } from './processes.ts'

const prefix = '.frostglass-reading'

/**
 * A folder of mode 0700, gone when it is removed or with the process, also where that is told to exit; what killed processes
 * of this user have left is removed first.
 * @throws FrostglassError `io`
 */
export function temporaryFolder(): { path(name: string): string; remove(): void } {
  const parent = tmpdir()
  const folder = join(parent, nameOfProcess(prefix))
  try {
    for (const name of readdirSync(parent)) if (isLeftBehind(name, prefix)) removeOwn(join(parent, name))
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    throw fileError(error, parent, 'writing to the folder of temporary files')
  }
  const clear = () => removeOwn(folder)
  process.once('exit', clear)
  return {
    path: (name) => join(folder, name),
    remove() {
      process.off('exit', clear)
      clear()
    },
  }
}

/** Another user's is left to that one, and so is what cannot be removed. */
function removeOwn(folder: string): void {
  try {
    const status = lstatSync(folder)
    if (status.isDirectory() && status.uid === (process.getuid?.() ?? status.uid))
      rmSync(folder, { recursive: true, force: true })
  } catch {
    // The next process tries again.
  }
}
