// A whole fleet in one process: an algorithm's server half here, its nodes' halves in worker threads or here too.
// Source: docs/architecture.md#rooms; schedules of McMahan et al. 2017 (rounds) and Dean et al. 2012 (arrivals, stale by a stated number).
// What comes out depends on the seed, not on the threads. It keeps no secret: see sampling.ts and fleet.ts.

import { FrostglassError, throwIfAborted } from '../../errors.ts'
import type { Algorithm } from '../algorithms/algorithm.ts'
import { simulateArrivals } from './arrivals.ts'
import { openCrew } from './crew.ts'
import { simulateRounds } from './rounds.ts'
import type { Running, SimulationOptions } from './running.ts'
import type { Sampling } from './sampling.ts'

/**
 * Simulates a fleet.
 * @returns the server's state after the last round, and its weights
 * @throws FrostglassError 'usage' for options that do not fit together; those of nodes, naming the node; 'aborted'
 * @example const { weights } = await simulate({ algorithm: fedAvg({ rate: 0.1 }), fleet, weights: first, rounds: 10, seed: 1 })
 */
export async function simulate<State>(
  options: SimulationOptions<State>,
): Promise<{ readonly weights: Float64Array; readonly state: State }> {
  const { algorithm, seed, signal, onRound, from, dropouts = 0, staleness = 0 } = options
  throwIfAborted(signal)
  const sampling = samplingOf(options)
  const crew = await openCrew(options.fleet, options.workers ?? 0, signal)
  try {
    const { nodes } = crew
    requireFitting({ ...options, dropouts, staleness }, nodes)
    const kept = new Map(from?.kept)
    const name = algorithm.name
    const running: Running<State> = {
      ...options,
      crew,
      dropouts,
      staleness,
      sampling,
      kept,
      states: from?.states ?? [algorithm.start(options.weights)],
      first: (from?.round ?? 0) + 1,
      async over(round, states, found) {
        throwIfAborted(signal)
        const snapshot = () =>
          structuredClone({ algorithm: name, seed, nodes, round, states: [...states], kept })
        await onRound?.({ round, weights: algorithm.weights(states.at(-1) as State), ...found, snapshot })
      },
    }
    const state =
      algorithm.schedule === 'rounds' ? await simulateRounds(running) : await simulateArrivals(running)
    return { state, weights: algorithm.weights(state) }
  } finally {
    await crew.close()
  }
}

/** @throws FrostglassError 'usage' where a price rests on another sampling than the one that was asked for */
function samplingOf({
  algorithm,
  sampling,
}: Pick<SimulationOptions<unknown>, 'sampling'> & {
  readonly algorithm: Pick<Algorithm<unknown>, 'name' | 'sampling'>
}): Sampling | undefined {
  const needed = algorithm.sampling
  if (!needed) return sampling
  if (sampling === undefined || ('rate' in sampling && sampling.rate === needed.rate)) return needed
  throw new FrostglassError(
    'usage',
    `the price of ${algorithm.name} rests on every node's being in a round with probability ${needed.rate}`,
    'Leave out sampling, or give the algorithm the same rate.',
  )
}

function requireFitting<State>(
  {
    algorithm,
    sampling,
    dropouts,
    staleness,
    from,
    seed,
    rounds,
  }: SimulationOptions<State> & { dropouts: number; staleness: number },
  nodes: number,
): void {
  const refuse = (what: string, hint: string): never => {
    throw new FrostglassError('usage', what, hint)
  }
  if (!(Number.isSafeInteger(rounds) && rounds >= 0))
    refuse(`there are no ${rounds} rounds`, 'Take 0 or more.')
  if (nodes === 0) refuse('a fleet has no nodes', 'Give the rows of one or more.')
  if (!(dropouts >= 0 && dropouts < 1))
    refuse(`a chance of dropping out is 0 or more and below 1, not ${dropouts}`, 'Take 0.1, say.')
  if (algorithm.schedule === 'rounds' && staleness > 0)
    refuse(`${algorithm.name} takes answers in rounds, where none is stale`, 'Leave out staleness.')
  if (algorithm.schedule === 'arrivals') {
    if (sampling && 'rate' in sampling)
      refuse(`${algorithm.name} takes answers as they come, in turn`, 'Give a count, or leave out sampling.')
    if (!(Number.isSafeInteger(staleness) && staleness >= 0 && staleness < nodes))
      refuse(
        `a staleness of ${staleness} has a node answer before its own last answer has come`,
        `Take 0 to ${nodes - 1}.`,
      )
  }
  if (from && (from.algorithm !== algorithm.name || from.seed !== seed || from.nodes !== nodes))
    refuse(
      `the snapshot is of ${from.algorithm} on ${from.nodes} nodes with the seed ${from.seed}`,
      `Go on with those, not with ${algorithm.name} on ${nodes} nodes with the seed ${seed}.`,
    )
}
