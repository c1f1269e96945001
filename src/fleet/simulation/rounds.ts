// Rounds: some nodes are drawn, sent the same weights, waited for, and their answers combined in the order of their numbers.
// Source: McMahan et al. 2017, algorithm 1.

import { throwIfAborted } from '../../errors.ts'
import { keep, type Running } from './running.ts'
import { droppedOf, nodesOf } from './sampling.ts'

/** Simulates rounds. @returns the server's last state */
export async function simulateRounds<State>(running: Running<State>): Promise<State> {
  const { algorithm, crew, seed, sampling, dropouts, signal, rounds, kept } = running
  let state = running.states.at(-1) as State
  for (let round = running.first; round <= rounds; round++) {
    throwIfAborted(signal)
    const chosen = nodesOf(sampling, crew.nodes, { seed, round })
    const dropped = droppedOf(chosen, dropouts, { seed, turn: round })
    const asked = [...chosen].filter((index) => !dropped.has(index))
    const nodes = asked.map((index) => ({ index, state: kept.get(index) ?? {} }))
    const instruction = algorithm.instruct(state, round)
    const done = await crew.work({ algorithm: algorithm.name, seed, instruction, turn: round, nodes })
    for (const [i, answer] of done.entries()) keep(kept, asked[i]!, answer.state)
    const answers = done.map(({ contribution }, i) => ({ node: asked[i]!, contribution }))
    const contributions = done.map(({ contribution }) => contribution)
    state = algorithm.combine(state, contributions)
    await running.over(round, [state], { answers, dropped: dropped.size })
  }
  return state
}
