// A private folder among the system's temporary files, for what may be on no disk for longer than a process lives.
// Source: os.tmpdir(), which TMPDIR names; the folder is a workspace, so that what a killed process left is removed.
// It does not promise to wipe what it removes.

import { tmpdir } from 'node:os'
import { fileError } from './files.ts'
import { createWorkspace, type Workspace } from './workspace.ts'

/**
 * A folder of mode 0700, gone when it is removed or with the process, also where that is told to exit.
 * @throws FrostglassError `io`
 */
export function temporaryFolder(): Workspace {
  const parent = tmpdir()
  try {
    const workspace = createWorkspace(parent)
    process.once('exit', workspace.remove)
    return {
      ...workspace,
      remove() {
        process.off('exit', workspace.remove)
        workspace.remove()
      },
    }
  } catch (error) {
    throw fileError(error, parent, 'writing to the folder of temporary files')
  }
}
