// What a node keeps on disk of the round that it is in, so that one that was killed goes on, and never answers twice.
// Source: ours. One file, written whole (atomically) before anything of it is sent.
// It is secret: in a secure round it holds the node's masks, and until these are on its update, in the clear where no noise is on it.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { fileError, writeFileAtomic } from '../../data/files.ts'
import { FrostglassError } from '../../errors.ts'
import { requireShape } from '../../json.ts'
import { holdState } from '../stateFolder.ts'
import { openParcel, packParcel } from './parcel.ts'

/** A stage that the node has come to. */
export interface KeptStage {
  readonly fleet: string
  readonly round: number
  readonly stage: number
  /** The body of its reply; undefined while it is worked on. */
  readonly reply?: Uint8Array | undefined
  /** What the fleet's rounds are run on: `clear`, or the digest of secure terms; undefined while that is not settled. */
  readonly terms?: string | undefined
  /** What later stages of the round need: opaque here. */
  readonly carried?: Uint8Array | undefined
}

/** Where it is kept. */
export interface RoundMemory {
  /** The last that was written. @throws FrostglassError 'input' where it is damaged, 'io' */
  read(): Promise<KeptStage | undefined>
  /** Is on the disk when this is done. @throws FrostglassError 'io' */
  write(kept: KeptStage): Promise<void>
}

const file = 'round.bin'

/** What to do with a file that cannot be read. */
const hint =
  'Remove it once the fleet’s present round is over: in that round this node must not answer again.'

const schema = z.strictObject({
  fleet: z.string(),
  round: z.int().min(1),
  stage: z.int().min(0),
  terms: z.string().nullable(),
  reply: z.boolean(),
  carried: z.boolean(),
})

/**
 * Does work with a memory in a folder, which is made, and which no other process may use meanwhile.
 * @throws FrostglassError 'io' where another process has it, or the system refuses; what `work` throws
 */
export async function withRoundMemory<T>(
  folder: string,
  work: (memory: RoundMemory) => Promise<T>,
): Promise<T> {
  const release = await holdState(folder)
  try {
    return await work(memoryIn(folder))
  } finally {
    release()
  }
}

function memoryIn(folder: string): RoundMemory {
  const path = join(folder, file)
  return {
    async read() {
      const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined
        throw fileError(error, path, 'reading')
      })
      return bytes && readKept(new Uint8Array(bytes), path)
    },
    write: (kept) => writeFileAtomic(path, packKept(kept), { mode: 0o600, force: true }),
  }
}

function packKept({ fleet, round, stage, terms, reply, carried }: KeptStage): Uint8Array {
  const about = {
    fleet,
    round,
    stage,
    terms: terms ?? null,
    reply: reply !== undefined,
    carried: carried !== undefined,
  }
  return packParcel({ about, blocks: [reply, carried].filter((block) => block !== undefined) })
}

function readKept(bytes: Uint8Array, path: string): KeptStage {
  try {
    const { about, blocks } = openParcel(bytes, path)
    const has = requireShape(about, schema, path, { hint })
    const { fleet, round, stage } = has
    if (blocks.length !== Number(has.reply) + Number(has.carried)) throw new Error('its parts are others')
    return {
      fleet,
      round,
      stage,
      terms: has.terms ?? undefined,
      reply: has.reply ? blocks[0] : undefined,
      carried: has.carried ? blocks[has.reply ? 1 : 0] : undefined,
    }
  } catch (cause) {
    throw new FrostglassError('input', `${path} is damaged (${(cause as Error).message})`, hint, cause)
  }
}
