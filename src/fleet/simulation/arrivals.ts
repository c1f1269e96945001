// Answers taken as they come: nodes in turn, each working on weights that are stale by a stated number of answers.
// Source: Dean et al. 2012, section 4.1; Shokri and Shmatikov 2015, section 5.3 (round robin is staleness 0).
// Real fleets' staleness varies; one number for all makes a run repeatable and says what was tried.

import { throwIfAborted } from '../../errors.ts'
import { shuffle, upTo } from '../../random/order.ts'
import { seededStream } from '../../random/seeded.ts'
import type { Contribution } from '../algorithms/algorithm.ts'
import type { NodeAnswer } from './nodeWork.ts'
import { keep, type Running } from './running.ts'
import { droppedOf } from './sampling.ts'

/** Simulates arrivals. Nodes take turns in an order that is drawn once. */
export async function simulateArrivals<State>(running: Running<State>): Promise<State> {
  const { algorithm, crew, seed, sampling, staleness, dropouts, signal, rounds, kept } = running
  const order = shuffle(upTo(crew.nodes), seededStream(seed, 'order'))
  const perRound = sampling && 'count' in sampling ? sampling.count : crew.nodes
  const nodeAt = (turn: number) => order[turn % crew.nodes]!
  // states[i] is the one after `arrived − (states.length − 1 − i)` answers.
  const states = [...running.states]
  let arrived = (running.first - 1) * perRound
  const last = rounds * perRound
  const flying = new Map<number, Promise<NodeAnswer | undefined>>()
  const send = (turn: number) => {
    const node = nodeAt(turn)
    if (droppedOf(Int32Array.of(node), dropouts, { seed, turn }).size > 0) {
      flying.set(turn, Promise.resolve(undefined))
      return
    }
    const seen = states[Math.max(0, states.length - 1 - staleness + (turn - arrived))] as State
    const instruction = algorithm.instruct(seen, Math.floor(turn / perRound) + 1)
    const nodes = [{ index: node, state: kept.get(node) ?? {} }]
    const work = crew.work({ algorithm: algorithm.name, seed, instruction, turn, nodes })
    // It may fail while an earlier one is waited for.
    work.catch(() => undefined)
    flying.set(
      turn,
      work.then(([answer]) => answer!),
    )
    flying.get(turn)!.catch(() => undefined)
  }
  let answers: { node: number; contribution: Contribution }[] = []
  let dropped = 0
  for (let turn = arrived; turn < Math.min(last, arrived + staleness); turn++) send(turn)
  while (arrived < last) {
    throwIfAborted(signal)
    if (arrived + staleness < last) send(arrived + staleness)
    const answer = await flying.get(arrived)!
    flying.delete(arrived)
    const before = states.at(-1) as State
    if (answer) {
      const node = nodeAt(arrived)
      keep(kept, node, answer.state)
      answers.push({ node, contribution: answer.contribution })
      states.push(algorithm.combine(before, [answer.contribution]))
    } else {
      dropped++
      states.push(before)
    }
    arrived++
    // What nodes in flight were sent is kept, so that a run that goes on sends the same again.
    while (states.length > staleness + 1) states.shift()
    if (arrived % perRound === 0) {
      await running.over(arrived / perRound, states, { answers, dropped })
      ;[answers, dropped] = [[], 0]
    }
  }
  return states.at(-1) as State
}
