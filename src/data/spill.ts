// A temporary file for records that memory has no room for: written in the background, read back slab by slab.
// Source: none; why several slabs a call is measured below.
// It does not keep what a killed process wrote, and hides nothing from who may read the file: mode 0600.

import { constants } from 'node:fs'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { writeParts } from './files.ts'
import type { Slab, Slabs } from './slabs.ts'

/**
 * So many full slabs go to the disk at a time: one call, since the threads of several writes to one file wait for each
 * other spinning (8% of all time with 64 in flight).
 */
export const slabsAtATime = 32

/** The file and what is on its way there. */
export type Spill = {
  /** Makes the file, unless it is there. */
  open(): Promise<void>
  /** Full slabs, to be written some time, the oldest first. */
  wait(slabs: readonly Slab[]): void
  /** Sends the oldest full slabs to the end of the file, unless some are on their way; gives back their memory when they are there. */
  startWriting(): void
  /** When nothing is on its way; never fails. */
  settled(): Promise<void>
  /** @throws what the disk said of an earlier write */
  requireWritten(): void
  /** A slab's records into the beginning of `records`, from wherever they lie. */
  read(slab: Slab, records: Float64Array): Promise<void>
  /** Removes the file. */
  close(): Promise<void>
}

/** @param path where the file goes; nothing is there until `open` */
export function createSpill(path: string, { pool, stride, giveBack }: Slabs): Spill {
  const waiting: Slab[] = []
  let writing: Promise<void> | undefined
  let failure: unknown
  let file: FileHandle | undefined
  let opening: Promise<FileHandle> | undefined
  let end = 0

  return {
    async open() {
      opening ??= open(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600)
      file = await opening
    },
    wait: (slabs) => void waiting.push(...slabs),
    startWriting() {
      if (writing !== undefined || waiting.length === 0) return
      const batch = waiting.splice(0, slabsAtATime)
      const parts = batch.map(
        ({ offset, rows }) => new Uint8Array(pool.buffer, offset * 8, rows * stride * 8),
      )
      const position = end
      for (const part of parts) end += part.length
      writing = writeParts(file!, parts, position)
        .then(() => {
          let at = position
          for (const slab of batch) {
            slab.position = at
            at += slab.rows * stride * 8
            giveBack(slab)
          }
        })
        .catch((error) => {
          failure ??= error
        })
        .finally(() => {
          writing = undefined
        })
    },
    settled: async () => writing,
    requireWritten() {
      if (failure !== undefined) throw failure
    },
    async read({ rows, offset, position }, records) {
      if (position === undefined) records.set(pool.subarray(offset, offset + rows * stride))
      else {
        const bytes = new Uint8Array(records.buffer, records.byteOffset, rows * stride * 8)
        await readBytes(file!, bytes, position)
      }
    },
    async close() {
      // What fails elsewhere may end a sort that is about to open its file.
      const opened = await opening?.catch(() => undefined)
      if (opened === undefined) return
      opening = undefined
      file = undefined
      await opened.close()
      await unlink(path)
    },
  }
}

/** Reads all of `bytes` from `position` on. */
async function readBytes(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, position + done)
    if (bytesRead === 0)
      throw new Error('the temporary file of the sort is shorter than what was written to it')
    done += bytesRead
  }
}
