// Files whole or not at all, and their checksums.
// Source: ARCHITECTURE, "Rules that hold everywhere" (atomic writes, mode 0600, no half-written output).
// It does not promise that a replaced file can be had back.

import { createHash, randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, link, open, rename, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { FrostglassError } from '../errors.ts'
import { createWorkspace } from './workspace.ts'

/**
 * SHA-256 of a file's bytes, 64 lowercase hexadecimal digits; memory does not grow with the file.
 * @throws FrostglassError `input` when there is no such file, `io` when it cannot be read.
 */
export async function sha256File(path: string): Promise<string> {
  const hash = createHash('sha256')
  let file: FileHandle | undefined
  try {
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

/**
 * Writes `bytes` (or pieces, one behind the other) to `path` so that a reader sees the old file, or none, or all of the new one, whatever happens.
 * @param options.mode permission bits of the file, default 0600
 * @param options.force replace a file that exists; without it that is an error of code `usage`
 * @throws FrostglassError `usage` when the file exists, `io` when the system refuses.
 */
export async function writeFileAtomic(
  path: string,
  bytes: Uint8Array | string | Iterable<Uint8Array>,
  options: { readonly mode?: number; readonly force?: boolean } = {},
): Promise<void> {
  const full = resolve(path)
  const workspace = openWorkspace(full)
  try {
    const temporary = workspace.path(randomBytes(4).toString('hex'))
    const handle = await open(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
    try {
      await handle.writeFile(bytes)
      await handle.chmod(options.mode ?? 0o600)
      await handle.sync()
    } finally {
      await handle.close()
    }
    if (options.force) await rename(temporary, full)
    else await claim(temporary, full)
    await syncFolder(dirname(full))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST')
      throw new FrostglassError('usage', `${path} exists already`, {
        hint: 'pass --force to replace it, or choose another name',
        cause: error,
      })
    // Pieces are made while they are written: what fails there is none of the file's.
    if ((error as NodeJS.ErrnoException).code === undefined) throw error
    throw fileError(error, path, 'writing')
  } finally {
    workspace.remove()
  }
}

/** Gives `temporary` the name `path` unless that is taken. */
async function claim(temporary: string, path: string): Promise<void> {
  try {
    // link() refuses an existing name in one step, where a test before rename() leaves a gap.
    await link(temporary, path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EPERM' && code !== 'ENOTSUP') throw error
    // A file system without links (FAT): the gap is the best there is.
    if ((await stat(path).catch(() => null)) !== null)
      throw Object.assign(new Error('exists'), { code: 'EEXIST' })
    await rename(temporary, path)
  }
}

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
    return new FrostglassError('input', `${path}: there is no such file`, {
      hint: 'check the path',
      cause: error,
    })
  if (code === 'EISDIR')
    return new FrostglassError('input', `${path} is a folder, expected a file`, {
      hint: 'name a file in it',
      cause: error,
    })
  const reasons: Record<string, string> = {
    ENOSPC: 'no space is left on the disk',
    EFBIG: 'the file would grow beyond the limit of the system',
    EDQUOT: 'the disk quota is used up',
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    ENOENT: 'there is no such folder',
    EROFS: 'the file system is read-only',
  }
  return new FrostglassError('io', `${path}: ${doing} failed: ${reasons[code] ?? message}`, {
    hint: ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code)
      ? 'free some space or choose another folder'
      : 'check the folder and its permissions, or choose another',
    cause: error,
  })
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
