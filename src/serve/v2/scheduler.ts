// The queue before the threads: first come first run, and those that fit go along in the same run.
// Source: dynamic batching as in Triton, but without a wait: a batch is what has gathered while the last run was on.
// A run that outlives its requests' time still holds its thread until it ends.

import { joinRows, splitRows } from './batch.ts'
import type { WireTensor } from './datatypes.ts'
import { Refusal } from './refusal.ts'
import type { Threads } from './threads.ts'

/** One request for the threads. */
export interface Work {
  readonly key: number
  readonly inputs: WireTensor[]
  readonly outputs: string[]
  /** Rows of its inputs, where they may share a run with others. */
  readonly rows: number | undefined
  /** Whether nobody waits for the answer any more. */
  readonly gone: () => boolean
}

interface Job extends Work {
  /** What else must be equal to share a run. */
  readonly kind: string
  readonly answer: PromiseWithResolvers<WireTensor[]>
  settled: boolean
}

export interface Scheduler {
  /** @throws Refusal 504 when `timeout` is over, 500 when the model fails on it, 503 when closed meanwhile */
  submit(work: Work): Promise<WireTensor[]>
  /** Requests that wait for a thread. */
  waiting(): number
  close(): void
}

export interface SchedulerOptions {
  /** Rows in one run at most. */
  readonly batch: number
  /** Seconds from here to the answer. */
  readonly timeout: number
  readonly onRun: (key: number, rows: number, milliseconds: number) => void
}

/** A queue before threads. */
export function startScheduler(threads: Threads, { batch, timeout, onRun }: SchedulerOptions): Scheduler {
  let queue: Job[] = []

  const settle = (job: Job, outcome: WireTensor[] | Refusal) => {
    if (job.settled) return
    job.settled = true
    if (outcome instanceof Refusal) job.answer.reject(outcome)
    else job.answer.resolve(outcome)
  }

  const dispatch = () => {
    while (queue.length > 0 && threads.free()) {
      const jobs = take()
      if (jobs.length > 0) void run(jobs)
    }
  }

  /** The first job that is still wanted, and those behind it that fit into its run. */
  function take(): Job[] {
    // 499 is nginx's number for it: nobody reads it but the metrics.
    for (const job of queue) if (job.gone()) settle(job, new Refusal(499, 'the client left'))
    const wanted = queue.filter((job) => !job.settled)
    const first = wanted[0]
    queue = wanted
    if (!first) return []
    let rows = first.rows ?? batch
    const jobs = wanted.filter((job) => {
      if (job === first) return true
      if (job.rows === undefined || job.kind !== first.kind || rows + job.rows > batch) return false
      rows += job.rows
      return true
    })
    const taken = new Set(jobs)
    queue = wanted.filter((job) => !taken.has(job))
    return jobs
  }

  async function run(jobs: readonly Job[]): Promise<void> {
    if (jobs.length === 1 || !(await runJoined(jobs))) for (const job of jobs) await runAlone(job)
    dispatch()
  }

  /** Whether all of them were answered; one at fault fails the run of all. */
  async function runJoined(jobs: readonly Job[]): Promise<boolean> {
    const [first] = jobs as readonly [Job]
    const rows = jobs.map((job) => job.rows!)
    try {
      const ran = await threads.run(first.key, joinRows(jobs.map(({ inputs }) => inputs)), first.outputs)
      const parts = splitRows(ran.outputs, rows)
      if (!parts) return false
      onRun(
        first.key,
        rows.reduce((a, b) => a + b, 0),
        ran.milliseconds,
      )
      parts.forEach((part, i) => {
        settle(jobs[i]!, part)
      })
      return true
    } catch {
      return false
    }
  }

  async function runAlone(job: Job): Promise<void> {
    if (job.settled) return
    try {
      const ran = await threads.run(job.key, job.inputs, job.outputs)
      onRun(job.key, job.rows ?? 1, ran.milliseconds)
      settle(job, ran.outputs)
    } catch (error) {
      const failure = new Refusal(500, `the model failed on this input: ${(error as Error).message}`)
      settle(job, error instanceof Refusal ? error : failure)
    }
  }

  return {
    async submit(work) {
      const answer = Promise.withResolvers<WireTensor[]>()
      const shapes = work.inputs.map(({ shape }) => shape.slice(1).join()).join('|')
      const job: Job = {
        ...work,
        kind: `${work.key}/${work.outputs.join()}/${shapes}`,
        answer,
        settled: false,
      }
      const timer = setTimeout(
        () => settle(job, new Refusal(504, `no answer within ${timeout} s`)),
        1000 * timeout,
      )
      queue.push(job)
      dispatch()
      try {
        return await answer.promise
      } finally {
        clearTimeout(timer)
      }
    },
    waiting: () => queue.length,
    close() {
      for (const job of queue) settle(job, new Refusal(503, 'the service is shutting down'))
      queue = []
    },
  }
}
