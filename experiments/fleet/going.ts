// A simulation of an experiment that goes on where it was stopped: the snapshot and the record so far, in the run's shared folder.
// Source: docs/architecture.md#experiments (resumable runs).
// A killed task loses what came after its last file: it is written after every so many rounds.

import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { readSnapshot, writeSnapshot } from '../../src/fleet/simulation/checkpoint.ts'
import type { RoundRecord, SimulationOptions, Snapshot } from '../../src/fleet/simulation/running.ts'
import { simulate } from '../../src/fleet/simulation/simulate.ts'

/** Rounds between two files. */
const every = 5

type Kept<State, Entry> = Snapshot<State> & { readonly entries: readonly Entry[] }

/**
 * Simulates, and makes an entry of a record from every round.
 * @param task names the file: another task, another file
 */
export async function recorded<State, Entry>(
  task: object,
  shared: string | undefined,
  options: Omit<SimulationOptions<State>, 'from' | 'onRound'>,
  entryOf: (round: RoundRecord<State>) => Promise<Entry>,
): Promise<{ readonly weights: Float64Array; readonly state: State; readonly entries: readonly Entry[] }> {
  const path = shared === undefined ? undefined : await pathIn(shared, task)
  const from =
    path === undefined ? undefined : ((await readSnapshot<State>(path)) as Kept<State, Entry> | undefined)
  const entries: Entry[] = [...(from?.entries ?? [])]
  const found = await simulate({
    ...options,
    from,
    async onRound(round) {
      entries.push(await entryOf(round))
      if (path !== undefined && round.round % every === 0)
        await writeSnapshot(path, { ...round.snapshot(), entries: [...entries] } as Snapshot<State>)
    },
  })
  if (path !== undefined) await rm(path, { force: true })
  return { ...found, entries }
}

async function pathIn(shared: string, task: object): Promise<string> {
  await mkdir(shared, { recursive: true })
  const name = bytesToHex(sha256(new TextEncoder().encode(JSON.stringify(task)))).slice(0, 24)
  return join(shared, `${name}.simulation`)
}
