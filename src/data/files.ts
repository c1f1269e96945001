// Files whole or not at all, and their checksums.
// Source: docs/architecture.md#errors-exits-files (atomic writes, mode 0600, no half-written output).
// It does not promise that a replaced file can be had back.

import { createHash } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import { type FileHandle, lstat, open, readlink, rename, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { FrostglassError } from '../errors.ts'
import { locked } from './folderLock.ts'
import { claim, type Placement, placeTogether } from './together.ts'
import { createWorkspace, settleIn } from './workspace.ts'

/**
 * SHA-256 of a file's bytes, 64 lowercase hexadecimal digits; memory does not grow with the file.
 * @throws FrostglassError `input` when there is no such file, `io` when it cannot be read.
 */
export async function sha256File(path: string): Promise<string> {
  const hash = createHash('sha256')
  let file: FileHandle | undefined
  try {
    const status = await stat(path)
    // Whoever opens a FIFO that nobody writes to waits for ever.
    if (!status.isFile() && !status.isDirectory())
      throw new FrostglassError(
        'input',
        `${path} is ${kindOf(status)}, expected a file`,
        'Save it as a file first.',
      )
    file = await open(path)
    // One buffer for all: a stream takes a new one for every read.
    const bytes = new Uint8Array(1 << 20)
    for (;;) {
      const { bytesRead } = await file.read(bytes, 0, bytes.length, null)
      if (bytesRead === 0) break
      hash.update(bytes.subarray(0, bytesRead))
    }
  } catch (error) {
    throw fileError(error, path, 'reading')
  } finally {
    await file?.close()
  }
  return hash.digest('hex')
}

/** A file to be written. */
export type FileToWrite = {
  readonly path: string
  /** All of it, or pieces one behind the other. */
  readonly bytes: Uint8Array | string | Iterable<Uint8Array>
  /** Permission bits, default 0600. */
  readonly mode?: number | undefined
}

/**
 * Writes `bytes` (or pieces, one behind the other) to `path` so that a reader sees the old file, or none, or all of the new one, whatever happens.
 * @param options.mode permission bits of the file, default 0600
 * @param options.force replace a file that exists; without it that is an error of code `usage`
 * @throws FrostglassError `usage` when the file exists, or the name is no file's; `io` when the system refuses.
 */
export function writeFileAtomic(
  path: string,
  bytes: FileToWrite['bytes'],
  options: { readonly mode?: number | undefined; readonly force?: boolean | undefined } = {},
): Promise<void> {
  const { force = false, ...mode } = options
  return writeFilesTogether([{ path, bytes, ...mode }], { force })
}

/**
 * Writes several files: all of them take the place of what had their names, or none does, whatever happens.
 * @param then what must go well, too, before the old files are given up; what it throws is thrown
 * @throws FrostglassError as {@link writeFileAtomic}
 */
export async function writeFilesTogether(
  files: readonly FileToWrite[],
  options: { readonly force?: boolean | undefined } = {},
  then?: () => Promise<unknown>,
): Promise<void> {
  const { force = false } = options
  for (const { path } of files) await requireReplaceable(path, force)
  const workspaces = new Map<string, ReturnType<typeof createWorkspace>>()
  try {
    const placements: Placement[] = []
    for (const [i, { path, bytes, mode = 0o600 }] of files.entries()) {
      const target = resolve(path)
      const folder = dirname(target)
      const workspace = workspaces.get(folder) ?? openWorkspace(target)
      workspaces.set(folder, workspace)
      const staged = workspace.path(`file-${i}`)
      try {
        await writeStaged(staged, bytes, mode)
      } catch (error) {
        throw asFileError(error, path)
      }
      placements.push({ staged, target, force })
    }
    await placed(placements, files[0]!.path, then)
  } finally {
    for (const workspace of workspaces.values()) workspace.remove()
  }
}

/** Writes a file of a workspace, durably. */
export async function writeStaged(path: string, bytes: FileToWrite['bytes'], mode: number): Promise<void> {
  const handle = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
  try {
    await handle.writeFile(bytes)
    await handle.chmod(mode)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * Gives staged files their names: one by a single rename, several together.
 * @param path what the caller calls them in messages
 * @throws FrostglassError `usage` for a name that is taken, `io`, also while another process is writing there; what `then` throws
 */
export async function placed(
  placements: readonly Placement[],
  path: string,
  then?: () => Promise<unknown>,
): Promise<void> {
  const [one, ...others] = placements as [Placement, ...Placement[]]
  try {
    const folders = placements.map(({ target }) => dirname(target))
    await locked(folders, async () => {
      // Whoever was killed since the work began: its files first, so that it finds no others when it is settled later.
      for (const folder of new Set(folders)) settleIn(folder)
      if (others.length > 0 || then) await placeTogether(placements, then)
      else if (one.force) await rename(one.staged, one.target)
      else claim(one.staged, one.target)
      await syncFolder(dirname(one.target))
    })
  } catch (error) {
    throw asFileError(error, path)
  }
}

// Pieces are made while they are written: what fails there is none of the file's.
function asFileError(error: unknown, path: string): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EEXIST') return existsAlready(path, error)
  return code === undefined ? error : fileError(error, path, 'writing')
}

const existsAlready = (path: string, cause?: unknown) =>
  new FrostglassError(
    'usage',
    `${path} exists already`,
    'Pass --force to replace it, or choose another name.',
    cause,
  )

/**
 * Refuses a name that a file cannot take, before any work is done for it: a link's (the link would be replaced, not the file
 * that it leads to), a FIFO's, a device's, one that is too long; without `force` also one that is taken.
 * @throws FrostglassError `usage`, `io`
 */
export async function requireReplaceable(path: string, force: boolean): Promise<void> {
  const there = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw fileError(error, path, 'writing')
  })
  if (!there) return
  if (there.isDirectory())
    throw new FrostglassError('usage', `the output ${path} is a folder`, 'Name a file in it.')
  if (there.isSymbolicLink()) {
    const leads = await readlink(path).catch(() => 'elsewhere')
    throw new FrostglassError(
      'usage',
      `the output ${path} is a link to ${leads}`,
      'Name the file that it leads to, or remove the link.',
    )
  }
  if (!there.isFile())
    throw new FrostglassError(
      'usage',
      `the output ${path} is ${kindOf(there)}, not a file`,
      'Name a file: an output appears whole, and nothing else can.',
    )
  if (!force) throw existsAlready(path)
}

/** What is no file and no folder, in words. */
export const kindOf = (status: Stats): string =>
  status.isFIFO() ? 'a FIFO' : status.isSocket() ? 'a socket' : 'a device'

/** A workspace in the folder of `path`. @throws FrostglassError `io` when that folder is missing or not writable. */
export function openWorkspace(path: string): ReturnType<typeof createWorkspace> {
  try {
    return createWorkspace(dirname(resolve(path)))
  } catch (error) {
    throw fileError(error, dirname(resolve(path)), 'writing to the folder')
  }
}

/** Makes renames in `folder` durable; a system that cannot open folders (Windows) does so by itself. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder).catch(() => undefined)
  if (handle === undefined) return
  await handle.sync().catch(() => undefined)
  await handle.close()
}

/** Whether two paths are one file, through links as well; false when either does not exist. */
export async function isSameFile(a: string, b: string): Promise<boolean> {
  const [first, second] = await Promise.all([stat(a).catch(() => null), stat(b).catch(() => null)])
  return first !== null && second !== null && first.ino === second.ino && first.dev === second.dev
}

/** An error of the file system as ours. */
export function fileError(error: unknown, path: string, doing: string): FrostglassError {
  if (error instanceof FrostglassError) return error
  const { code = '', message = String(error) } = error as NodeJS.ErrnoException
  if (code === 'ENOENT' && doing === 'reading')
    return new FrostglassError('input', `${path}: there is no such file`, 'Check the path.', error)
  if (code === 'EISDIR')
    return new FrostglassError('input', `${path} is a folder, expected a file`, 'Name a file in it.', error)
  const reasons: Record<string, string> = {
    ENOSPC: 'no space is left on the disk',
    EFBIG: 'the file would grow beyond the limit of the system',
    EDQUOT: 'the disk quota is used up',
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    ENOENT: 'there is no such folder',
    EROFS: 'the file system is read-only',
    ELOOP: 'its links lead in a circle',
    ENAMETOOLONG: 'the name is too long',
    ENOTDIR: 'a part of the path is no folder',
    EIO: 'the disk reports an error',
    EEXIST: 'there is a file of this name',
  }
  return new FrostglassError(
    'io',
    `${path}: ${doing} failed: ${reasons[code] ?? message}`,
    ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code)
      ? 'Free some space or choose another folder.'
      : 'Check the folder and its permissions, or choose another.',
    error,
  )
}

/** Writes all of `parts`, one behind the other from `position` on. */
export async function writeParts(
  file: FileHandle,
  parts: readonly Uint8Array[],
  position: number,
): Promise<void> {
  const { bytesWritten } = await file.writev(parts as Uint8Array[], position)
  let skip = bytesWritten
  let at = position
  // A disk that fills up takes a part first and refuses the rest.
  for (const part of parts) {
    for (let done = Math.min(skip, part.length); done < part.length; )
      done += (await file.write(part, done, part.length - done, at + done)).bytesWritten
    skip = Math.max(0, skip - part.length)
    at += part.length
  }
}
