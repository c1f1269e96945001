// Standard input as a file: kept in a private folder as long as the process lives, since a table is read several times.
// Source: the first bytes of Parquet and gzip tell these apart from text.
// It does not know whether what was piped in came to its end, or broke off: a pipe does not say, a .gz does.

import { createWriteStream } from 'node:fs'
import { open, rename, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { FrostglassError, throwIfAborted } from '../errors.ts'
import { fileError } from './files.ts'
import { temporaryFolder } from './temporary.ts'

/** How standard input is named on a command line. */
export const standardInput = '-'

/** What messages call it. */
export const standardInputName = 'standard input'

/** Where it was put. */
export type Spooled = {
  /** Without an ending. */
  readonly file: string
  readonly kind: 'parquet' | 'text'
  readonly gzip: boolean
}

// A process has one standard input, and who asks again is given the same.
let spooled: Promise<Spooled> | undefined

/**
 * Reads standard input to its end, once.
 * @throws FrostglassError `usage` where it is a terminal, `input` where it is empty, `io`, `aborted`
 */
export function spoolStandardInput(signal?: AbortSignal): Promise<Spooled> {
  spooled ??= spool(signal)
  return spooled
}

async function spool(signal: AbortSignal | undefined): Promise<Spooled> {
  throwIfAborted(signal)
  if (process.stdin.isTTY)
    throw new FrostglassError(
      'usage',
      '- is standard input, and nothing is piped into it',
      'Pipe a table in, as in: zcat patients.csv.gz | frostglass key preview -.',
    )
  const folder = temporaryFolder()
  // Ctrl-C ends what pipes in, too: its half of a table must not pass for one, whoever reads it with whatever signal.
  const stopped = new AbortController()
  const stop = () => stopped.abort()
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  const any = AbortSignal.any(signal ? [signal, stopped.signal] : [stopped.signal])
  try {
    const file = folder.path('input')
    await pipeline(process.stdin, createWriteStream(file, { flags: 'wx', mode: 0o600 }), { signal: any })
    if ((await stat(file)).size === 0)
      throw new FrostglassError(
        'input',
        `${standardInputName} is empty`,
        'Look at what comes out of the command before the pipe.',
      )
    const [first, second, third, fourth] = await firstBytes(file)
    const gzip = first === 0x1f && second === 0x8b
    throwIfAborted(any)
    const isParquet = first === 0x50 && second === 0x41 && third === 0x52 && fourth === 0x31
    return { file, kind: isParquet ? 'parquet' : 'text', gzip }
  } catch (error) {
    folder.remove()
    throwIfAborted(any)
    throw fileError(error, standardInputName, 'keeping a copy')
  } finally {
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
  }
}

async function firstBytes(path: string): Promise<Uint8Array> {
  const file = await open(path)
  try {
    return (await file.read(new Uint8Array(4), 0, 4, 0)).buffer
  } finally {
    await file.close()
  }
}

/** Gives the file the ending that its readers go by. */
export async function named({ file }: Spooled, ending: string): Promise<string> {
  const target = `${file}${ending}`
  // Opened before, it has its name.
  await rename(file, target).catch((error) => stat(target).catch(() => Promise.reject(error)))
  return target
}
