// Downloads a data set once, checked against a known SHA-256.
// Source: docs/architecture.md#tables (data on demand); HTTP by the platform's fetch.
// It does not promise to resume: a broken download starts again.

import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { mkdir, open, rename, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { FrostglassError, throwIfAborted } from '../errors.ts'
import { fileError, openWorkspace, sha256File } from './files.ts'

/**
 * Path of the file that `url` names in `cacheDir`, downloaded unless it is there with the right checksum.
 * @param sha256 64 hexadecimal digits
 * @throws FrostglassError `io` when the server or the disk refuses or the transfer breaks off, `input` when the
 *   bytes are not those expected, `aborted`; nothing is left in the folder then.
 */
export async function fetchDataset(
  url: string,
  sha256: string,
  cacheDir: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<string> {
  const { signal } = options
  const name = basename(new URL(url).pathname)
  if (name === '') throw new FrostglassError('usage', `${url} names no file`)
  if (!/^[0-9a-f]{64}$/i.test(sha256)) throw new FrostglassError('usage', 'expected a SHA-256 of 64 digits')
  const expected = sha256.toLowerCase()
  const path = join(cacheDir, name)
  if ((await stat(path).catch(() => null)) !== null && (await sha256File(path)) === expected) return path
  await mkdir(cacheDir, { recursive: true }).catch((error) => {
    throw fileError(error, cacheDir, 'making the folder')
  })
  const workspace = openWorkspace(path)
  try {
    const temporary = workspace.path('download')
    const found = await download(url, temporary, signal)
    if (found !== expected)
      throw new FrostglassError(
        'input',
        `${url}: expected SHA-256 ${expected}, received ${found}`,
        'Do not use it: the file has changed or was tampered with on its way.',
      )
    await rename(temporary, path)
    return path
  } catch (error) {
    throw fileError(error, path, 'writing')
  } finally {
    workspace.remove()
  }
}

/** Streams `url` to a new file and returns its SHA-256. */
async function download(url: string, path: string, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash('sha256')
  const response = await connect(url, signal)
  const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
  try {
    for await (const bytes of received(url, response, signal)) {
      hash.update(bytes)
      await file.writeFile(bytes)
    }
    await file.sync()
  } finally {
    await file.close()
  }
  return hash.digest('hex')
}

async function connect(url: string, signal: AbortSignal | undefined): Promise<Response> {
  let response: Response
  try {
    response = await fetch(url, signal === undefined ? {} : { signal })
  } catch (error) {
    throwIfAborted(signal)
    throw new FrostglassError('io', `${url}: no connection`, 'Check the network.', error)
  }
  if (!response.ok || response.body === null) {
    await response.body?.cancel()
    throw new FrostglassError('io', `${url}: the server answered ${response.status} ${response.statusText}`)
  }
  return response
}

async function* received(
  url: string,
  response: Response,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const reader = response.body!.getReader()
  for (;;) {
    const { done, value } = await reader.read().catch((error: unknown) => {
      throwIfAborted(signal)
      throw new FrostglassError('io', `${url}: the transfer broke off`, 'Try again.', error)
    })
    if (done) return
    yield value
  }
}
