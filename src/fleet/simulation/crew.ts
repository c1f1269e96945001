// Those who do nodes' work: some worker threads that stay, or this thread.
// Source: learn/workers.ts, whose worker's side this uses; that pool ends with its list of tasks, this one with a simulation.
// Answers come in the order of the nodes, whoever was faster.

import type { Worker } from 'node:worker_threads'
import { FrostglassError } from '../../errors.ts'
import { answerOf, endWorker, type Reply, workerFile } from '../../learn/workers.ts'
import type { Vectors } from '../algorithms/algorithm.ts'
import { type Fleet, openSource } from './fleet.ts'
import { doNodeTask, type NodeAnswer, type NodeTask } from './nodeWork.ts'

/** Does nodes' work. */
export interface Crew {
  /** Nodes of the fleet. */
  readonly nodes: number
  /** @throws FrostglassError those of nodes, and 'aborted' */
  work(task: NodeTask): Promise<NodeAnswer[]>
  /** Ends; work that is under way is given up. */
  close(): Promise<void>
}

/**
 * @param workers threads; 0 for this one
 * @throws FrostglassError 'usage' for threads without a module to open the fleet from
 */
export async function openCrew(fleet: Fleet, workers: number, signal?: AbortSignal): Promise<Crew> {
  if ('learner' in fleet) {
    if (workers === 0) return crewHere(fleet, async () => undefined, signal)
    throw new FrostglassError(
      'usage',
      'a fleet that is open already cannot go to worker threads',
      'Name the module that opens it, or take workers: 0.',
    )
  }
  const { module, options } = fleet
  if (workers > 0) return crewOfThreads({ module: module.href, options }, workers, signal)
  const open = await openSource(module.href, options)
  return crewHere(open, () => open.close(), signal)
}

function crewHere(
  fleet: Parameters<typeof doNodeTask>[0],
  close: () => Promise<void>,
  signal: AbortSignal | undefined,
): Crew {
  // All learners of a fleet share a program: one task after another.
  let last: Promise<unknown> = Promise.resolve()
  return {
    nodes: fleet.nodes,
    work(task) {
      const done = last.then(() => doNodeTask(fleet, task, signal))
      last = done.catch(() => undefined)
      return done
    },
    async close() {
      await last
      await close()
    },
  }
}

interface Job {
  readonly task: NodeTask | 'nodes'
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: unknown) => void
}

async function crewOfThreads(
  source: { readonly module: string; readonly options: unknown },
  count: number,
  signal: AbortSignal | undefined,
): Promise<Crew> {
  const { Worker } = await import('node:worker_threads')
  const queue: Job[] = []
  const busy = new Map<Worker, Job>()
  let failed: unknown
  const fail = (error: unknown) => {
    failed ??= error
    for (const job of [...busy.values(), ...queue.splice(0)]) job.reject(failed)
  }
  const give = () => {
    for (const worker of threads) {
      if (queue.length === 0) return
      if (busy.has(worker)) continue
      const job = queue.shift()!
      busy.set(worker, job)
      worker.postMessage({ task: job.task })
    }
  }
  const ask = (task: Job['task']) =>
    new Promise<unknown>((resolve, reject) => {
      if (failed !== undefined) {
        reject(failed)
        return
      }
      queue.push({ task, resolve, reject })
      give()
    })
  const threads = Array.from({ length: count }, () => {
    const worker = new Worker(workerFile('nodeWorker', import.meta.url), { workerData: source, execArgv: [] })
    worker.on('message', (reply: Reply<unknown>) => {
      const job = busy.get(worker)
      busy.delete(worker)
      try {
        job?.resolve(answerOf(reply))
      } catch (error) {
        job?.reject(error)
      }
      give()
    })
    worker.on('error', fail)
    worker.on('exit', (code) => fail(new Error(`a worker thread ended with code ${code}`)))
    return worker
  })
  const onAbort = () => fail(new FrostglassError('aborted', 'the simulation was stopped'))
  signal?.addEventListener('abort', onAbort, { once: true })
  const close = async () => {
    signal?.removeEventListener('abort', onAbort)
    const working = new Set(busy.keys())
    fail(new FrostglassError('aborted', 'the simulation has ended'))
    await Promise.all(threads.map((worker) => endWorker(worker, working.has(worker))))
  }
  try {
    const nodes = (await ask('nodes')) as number
    return { nodes, work: async (task) => inPieces(task, count, ask), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** A task in pieces: so many that threads end together, so few that messages cost little. */
async function inPieces(
  task: NodeTask,
  threads: number,
  ask: (piece: NodeTask) => Promise<unknown>,
): Promise<NodeAnswer[]> {
  const size = Math.max(1, Math.min(64, Math.ceil(task.nodes.length / (4 * threads))))
  const instruction = { ...task.instruction, vectors: shared(task.instruction.vectors) }
  const pieces: Promise<unknown>[] = []
  for (let start = 0; start < task.nodes.length; start += size)
    pieces.push(ask({ ...task, instruction, nodes: task.nodes.slice(start, start + size) }))
  // All are waited for, so that one that fails leaves no other behind.
  const settled = await Promise.allSettled(pieces)
  return settled.flatMap((piece) => {
    if (piece.status === 'rejected') throw piece.reason
    return (piece.value as NodeAnswer[]).map(({ contribution, state }) => ({
      contribution: { ...contribution, vectors: owned(contribution.vectors) },
      state: owned(state),
    }))
  })
}

/** Vectors in memory that threads read without a copy of their own. */
const shared = (vectors: Vectors): Vectors =>
  mapped(vectors, (v) => {
    const copy = new Float64Array(new SharedArrayBuffer(v.byteLength))
    copy.set(v)
    return copy
  })

/** What came back: a node that answers a vector as it was sent answers shared memory. */
const owned = (vectors: Vectors): Vectors =>
  mapped(vectors, (v) => (v.buffer instanceof SharedArrayBuffer ? v.slice() : v))

const mapped = (vectors: Vectors, change: (v: Float64Array) => Float64Array): Vectors =>
  Object.fromEntries(Object.entries(vectors).map(([name, v]) => [name, change(v)]))
