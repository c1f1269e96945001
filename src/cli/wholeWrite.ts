// Writes to standard output, all of it or an error: also where that is a file on a disk that fills up.
// Source: write(2), which may take a part; Node's stream over a file takes that for the whole (measured: exit 0, 2 MiB of 3).
// It does not promise that what a pipe took was read.

import { fstatSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'

/**
 * @param done called when all is out, or with the error that stopped it; whoever listens to the stream's errors is told, too
 */
export function writeWhole(bytes: Uint8Array, done: (error?: Error | null) => void): void {
  const { stdout } = process
  const isStream: boolean = (stdout as object) instanceof Socket
  if (isStream || stdout.fd !== 1 || !fstatSync(1).isFile()) {
    stdout.write(bytes, done)
    return
  }
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at)
  } catch (error) {
    done(error as Error)
    stdout.emit('error', error)
    return
  }
  done()
}
