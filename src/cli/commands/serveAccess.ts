// What `frostglass serve` reads for --token-file, --tls-cert and --tls-key, and for --fleet-ca.

import { readFile } from 'node:fs/promises'
import { FrostglassError } from '../../errors.ts'
import type { FleetOptions } from '../../serve/v2/index.ts'

/** The environment variable that may hold the token. */
const tokenVariable = 'FROSTGLASS_TOKEN'

/** The token of a file's first line, or of the environment. @throws FrostglassError `input` for a file that cannot be read */
export async function readToken({
  tokenFile,
}: {
  readonly tokenFile?: string | undefined
}): Promise<string | undefined> {
  if (tokenFile === undefined) return process.env[tokenVariable]
  const [line = ''] = (await read(tokenFile, 'token')).split(/\r?\n/)
  return line.trim()
}

/** A certificate and its key. @throws FrostglassError `usage` for one without the other, `input` for files that cannot be read */
export async function readTls({
  tlsCert,
  tlsKey,
}: {
  readonly tlsCert?: string | undefined
  readonly tlsKey?: string | undefined
}): Promise<{ readonly cert: string; readonly key: string } | undefined> {
  if (tlsCert === undefined && tlsKey === undefined) return undefined
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new FrostglassError(
      'usage',
      `--tls-${tlsCert === undefined ? 'key' : 'cert'} needs --tls-${tlsCert === undefined ? 'cert' : 'key'}`,
      'Give both, or neither.',
    )
  }
  return { cert: await read(tlsCert, 'certificate'), key: await read(tlsKey, 'key') }
}

/** The Flower server behind it. @throws FrostglassError `usage` for a CA without one, `input` for a file that cannot be read */
export async function readFleet({
  fleet,
  fleetCa,
}: {
  readonly fleet?: string | undefined
  readonly fleetCa?: string | undefined
}): Promise<FleetOptions | undefined> {
  if (fleet !== undefined)
    return { server: fleet, ca: fleetCa === undefined ? undefined : await read(fleetCa, 'certificates') }
  if (fleetCa === undefined) return undefined
  throw new FrostglassError('usage', '--fleet-ca needs --fleet', 'Give --fleet https://host:port, too.')
}

async function read(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : code
    throw new FrostglassError('input', `cannot read the ${what} ${path}: ${why}`, 'Check the path.', cause)
  }
}
