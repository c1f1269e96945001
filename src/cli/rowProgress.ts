// Progress by rows, with a total also where the format does not tell it.
// Source: docs/architecture.md#errors-exits-files (long work shows progress with an estimate).
// The total of a text file is an estimate from its beginning, off when later rows are longer or shorter.

import { open, stat } from 'node:fs/promises'
import { type Progress, progress } from './progress.ts'

/** A progress bar for work that reports rows done, and the total where it is known. */
export async function rowProgress(
  label: string,
  json: boolean | undefined,
  path: string,
): Promise<{
  onProgress(done: { readonly rows: number; readonly total: number | undefined }): void
  stop: Progress['stop']
}> {
  const bar = progress(label, json)
  const guess = process.stderr.isTTY ? await estimatedRows(path) : 0
  return {
    // A guess that was too low is not passed: the bar waits at its end.
    onProgress: ({ rows, total = guess }) => bar.update(Math.min(rows, total), total),
    stop: bar.stop,
  }
}

/** Lines of a text file, judged by its first 64 KiB; 0 when that says nothing (compressed, or no file). */
async function estimatedRows(path: string): Promise<number> {
  if (/\.(gz|parquet)$/i.test(path)) return 0
  try {
    const { size } = await stat(path)
    const file = await open(path)
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(1 << 16), 0, 1 << 16, 0)
      const lines = buffer.subarray(0, bytesRead).filter((byte) => byte === 0x0a).length
      return Math.round((lines * size) / bytesRead) || 0
    } finally {
      await file.close()
    }
  } catch {
    return 0 // the command itself says what is wrong with the file
  }
}
