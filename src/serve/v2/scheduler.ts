// The queue before the threads: client by client, first come first run, and those that fit go along in the same run.
// Source: dynamic batching as in Triton, but without a wait: a batch is what has gathered while the last run was on.
// A run that outlives its requests' time still holds its thread until it ends.

import { guardRefusal } from '../../graph/native/fragile.ts'
import { joinRows, splitRows } from './batch.ts'
import type { WireTensor } from './datatypes.ts'
import { atDeadline, type Deadline, tooLate } from './deadline.ts'
import { Refusal } from './refusal.ts'
import { createRunQueue, type Job, jobOf, settle, type Work } from './runQueue.ts'
import type { Threads } from './threads.ts'

export interface Scheduler {
  /** @throws Refusal 504 at the deadline, 500 when the model fails on it, 503 when closed meanwhile */
  submit(work: Work, deadline: Deadline): Promise<WireTensor[]>
  /** Requests that wait for a thread. */
  waiting(): number
  close(): void
}

export interface SchedulerOptions {
  /** Rows in one run at most. */
  readonly batch: number
  readonly onRun: (key: number, rows: number, milliseconds: number) => void
}

/** A queue before threads. */
export function startScheduler(threads: Threads, { batch, onRun }: SchedulerOptions): Scheduler {
  const queue = createRunQueue(batch)

  const dispatch = () => {
    while (queue.length() > 0 && threads.free()) {
      const jobs = queue.take()
      if (jobs.length > 0) void run(jobs)
    }
  }

  async function run(jobs: readonly Job[]): Promise<void> {
    if (jobs.length === 1 || !(await runJoined(jobs, threads, onRun)))
      for (const job of jobs) await runAlone(job, threads, onRun)
    dispatch()
  }

  return {
    async submit(work, deadline) {
      const job = jobOf(work)
      const timer = atDeadline(deadline, () => settle(job, tooLate(deadline)))
      queue.add(job)
      dispatch()
      try {
        return await job.answer.promise
      } finally {
        clearTimeout(timer)
      }
    },
    waiting: queue.length,
    close: () => queue.refuseAll(new Refusal(503, 'the service is shutting down')),
  }
}

/** Whether all of them were answered; one at fault fails the run of all. */
async function runJoined(
  jobs: readonly Job[],
  threads: Threads,
  onRun: SchedulerOptions['onRun'],
): Promise<boolean> {
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

async function runAlone(job: Job, threads: Threads, onRun: SchedulerOptions['onRun']): Promise<void> {
  if (job.settled) return
  try {
    const ran = await threads.run(job.key, job.inputs, job.outputs)
    onRun(job.key, job.rows ?? 1, ran.milliseconds)
    settle(job, ran.outputs)
  } catch (error) {
    const { message } = error as Error
    const why = guardRefusal(message)?.message ?? message
    const failure = new Refusal(500, `the model failed on this input: ${why}`)
    settle(job, error instanceof Refusal ? error : failure)
  }
}
