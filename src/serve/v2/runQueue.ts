// Requests that wait for a run: the first that is wanted still, and behind it those that fit into the same run.
// Source: dynamic batching as in Triton; rows of the same model, outputs and shapes can share a run. Clients take turns: fairLine.ts.
// It keeps no time and runs nothing: scheduler.ts does.

import type { WireTensor } from './datatypes.ts'
import { createFairLine } from './fairLine.ts'
import { Refusal } from './refusal.ts'

/** One request for the threads. */
export interface Work {
  readonly key: number
  readonly inputs: WireTensor[]
  readonly outputs: string[]
  /** Rows of its inputs, where they may share a run with others. */
  readonly rows: number | undefined
  /** Whose it is; undefined without a connection. */
  readonly client: string | undefined
  /** Whether nobody waits for the answer any more. */
  readonly gone: () => boolean
}

/** A request with its answer to come. */
export interface Job extends Work {
  /** What else must be equal to share a run. */
  readonly kind: string
  readonly answer: PromiseWithResolvers<WireTensor[]>
  /** Whether it has been answered or refused. */
  settled: boolean
}

export function jobOf(work: Work): Job {
  const kind = JSON.stringify([work.key, work.outputs, work.inputs.map(({ shape }) => shape.slice(1))])
  return { ...work, kind, answer: Promise.withResolvers(), settled: false }
}

/** Answers or refuses a job; the first that comes counts. */
export function settle(job: Job, outcome: WireTensor[] | Refusal): void {
  if (job.settled) return
  job.settled = true
  if (outcome instanceof Refusal) job.answer.reject(outcome)
  else job.answer.resolve(outcome)
}

export interface RunQueue {
  add(job: Job): void
  /** Takes the jobs of the next run: the first that is wanted still, and those behind it that fit in; none if nobody waits. */
  take(): Job[]
  /** Jobs that wait, or were settled while they did. */
  length(): number
  refuseAll(refusal: Refusal): void
}

/** An empty one. @param batch rows of a run at most */
export function createRunQueue(batch: number): RunQueue {
  const line = createFairLine<Job>()
  return {
    add: (job) => line.add(job.client, job),
    take() {
      // 499 is nginx's number for it: nobody reads it but the metrics.
      for (const job of line.inOrder()) if (job.gone()) settle(job, new Refusal(499, 'the client left'))
      line.drop((job) => job.settled)
      const wanted = line.inOrder()
      const [first] = wanted
      if (!first) return []
      let rows = first.rows ?? batch
      const jobs = wanted.filter((job) => {
        if (job === first) return true
        if (job.rows === undefined || job.kind !== first.kind || rows + job.rows > batch) return false
        rows += job.rows
        return true
      })
      line.take(jobs)
      return jobs
    },
    length: line.length,
    refuseAll(refusal) {
      for (const job of line.inOrder()) settle(job, refusal)
      line.drop(() => true)
    },
  }
}
