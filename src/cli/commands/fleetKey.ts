// frostglass fleet key: a node's private key.

import { basename } from 'node:path'
import { writeFileAtomic } from '../../data/files.ts'
import { drawIdentity, lineOfNode, readIdentity } from '../../fleet/coordinator/identity.ts'
import { drawNodeKey, readNodeKey } from '../../fleet/flower/nodeKey.ts'
import type { ForceOption, JsonOption } from '../options.ts'
import { print } from '../output.ts'

export interface FleetKeyOptions extends ForceOption, JsonOption {
  readonly name?: string | undefined
  readonly flower?: boolean | undefined
}

/** What `frostglass fleet key` does. */
export async function fleetKey(file: string, options: FleetKeyOptions): Promise<void> {
  const { json, force = false, flower = false } = options
  const pem = flower ? drawNodeKey() : drawIdentity()
  const name = options.name ?? basename(file).replace(/\.(key|pem)$/i, '')
  const line = flower
    ? readNodeKey(pem).openSsh
    : lineOfNode({ name, publicKey: readIdentity(pem).publicKey })
  await writeFileAtomic(file, pem, { mode: 0o600, force })
  print(json, { key: file, ...(flower ? {} : { name }), line }, () => line)
}
