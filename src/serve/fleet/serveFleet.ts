// A fleet from a folder: its store, its coordinator, its port, and a file of weights for every round that came to something.
// Source: coordinator.ts here, ../../fleet/coordinator. A process that was killed goes on from the folder, files included.
// One process a folder. Who can read the folder reads the replies of the open round.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { writeFileAtomic } from '../../data/files.ts'
import { FrostglassError } from '../../errors.ts'
import type { Aggregation } from '../../fleet/coordinator/aggregation.ts'
import {
  type CoordinatorNews,
  type FleetStatus,
  openCoordinator,
} from '../../fleet/coordinator/coordinator.ts'
import type { FleetPlan } from '../../fleet/coordinator/plan.ts'
import { digestOf } from '../../fleet/coordinator/signature.ts'
import { openFleetStore } from '../../fleet/coordinator/store.ts'
import { type NamedWeights, weightsText } from '../../fleet/coordinator/weightsFile.ts'
import type { CloseOptions } from '../v2/start.ts'
import { startFleetService } from './coordinator.ts'

/** A fleet to serve. */
export interface ServedFleetOptions
  extends Omit<Parameters<typeof startFleetService>[0], 'coordinator' | 'store'> {
  /** Made where it is not there. */
  readonly folder: string
  readonly plan: FleetPlan
  readonly aggregation: Aggregation
  readonly first: NamedWeights
  /** What whoever runs it calls what the fleet began with, by its place: `least`, `aggregation.limit`. */
  readonly called?: Readonly<Record<string, string>> | undefined
  readonly onNews?: ((news: CoordinatorNews) => void) | undefined
}

/** A fleet that is served. */
export interface ServedFleet {
  readonly url: string
  readonly port: number
  status(): FleetStatus
  /** Done when the fleet is over, or given up, and whoever is there was told. Weights of all rounds are on the disk then. */
  readonly ended: Promise<FleetStatus>
  close(options?: CloseOptions): Promise<void>
}

/** The file of the weights that so many rounds came to. */
export const weightsFile = (folder: string, done: number): string =>
  join(folder, `weights-${String(done).padStart(4, '0')}.json`)

/** Whether a file has this text; false where there is none. */
function isSame(path: string, text: string): boolean {
  try {
    return readFileSync(path, 'utf8') === text
  } catch {
    return false
  }
}

/** @throws FrostglassError 'usage' where weights lie there that this fleet has not come to: they would pass for its result */
function requireOwnWeights(folder: string, done: number, text: string): void {
  const foreign = readdirSync(folder).find((name) => {
    const number = Number(/^weights-(\d{4,})\.json$/.exec(name)?.[1])
    return number > done || (number === done && !isSame(join(folder, name), text))
  })
  if (foreign !== undefined)
    throw new FrostglassError(
      'usage',
      `${join(folder, foreign)} is not of this fleet, which has come to ${done} of its rounds`,
      'Move it elsewhere, or name another folder.',
    )
}

/** Bytes of a body beyond an update's numbers: names, and in secure rounds shares for every neighbour. */
const [spareBytes, bytesOfNode] = [2 ** 20, 512]
/** Seconds for which nodes are waited for that have not been told of the end: they may be gone, or be about to ask. */
export const farewell = 10

/**
 * Serves a fleet, or goes on with it.
 * @throws FrostglassError 'usage' where another process serves it, it began otherwise, or the port is taken; 'input', 'io' as the store
 */
export async function serveFleet(options: ServedFleetOptions): Promise<ServedFleet> {
  const { folder, nodes, plan, aggregation, first, program, onNews } = options
  const { rounds: _, failures: __, ...fixed } = plan
  const beginning = {
    ...fixed,
    aggregation: aggregation.about,
    program: program && digestOf(program),
    weights: digestOf(new TextEncoder().encode(weightsText(first))),
  }
  const store = openFleetStore(folder, {
    plan: JSON.stringify(beginning),
    called: options.called,
    state: aggregation.start(first.weights),
  })
  const end = Promise.withResolvers<FleetStatus>()
  // Whoever closes before the end does not look at it.
  end.promise.catch(() => undefined)
  let writing: Promise<unknown> = Promise.resolve()
  const textOf = () => weightsText({ layout: first.layout, weights: coordinator.weights() })
  const write = () => {
    const { done } = coordinator.status()
    const path = weightsFile(folder, done)
    const text = textOf()
    writing = writing.then(() => (isSame(path, text) ? undefined : writeFileAtomic(path, text)))
    writing.catch(end.reject)
  }
  const look = async () => {
    if (!['over', 'given up'].includes(coordinator.status().state)) return
    await writing
    for (let waited = 0; waited < farewell && !coordinator.isTold(); waited += 0.1) await sleep(100)
    end.resolve(coordinator.status())
  }
  const coordinator = openCoordinator({
    store,
    nodes,
    plan,
    aggregation,
    program: program && digestOf(program),
    onNews(news) {
      if (news.what === 'done') write()
      if (news.what === 'done' || news.what === 'failed') void look()
      onNews?.(news)
    },
  })
  try {
    requireOwnWeights(folder, coordinator.status().done, textOf())
    // Of a process that ended between a round and its file.
    write()
    const size = 8 * first.layout.size + bytesOfNode * nodes.length + spareBytes
    const limits = { maxBody: size, ...options.limits }
    const running = await startFleetService({ ...options, coordinator, store, limits })
    void look()
    return {
      url: running.url,
      port: running.port,
      status: coordinator.status,
      ended: end.promise,
      async close(closeOptions) {
        await running.close(closeOptions)
        await writing.catch(() => undefined)
        store.close()
      },
    }
  } catch (error) {
    store.close()
    throw error
  }
}
