// The work of an audit, split: one attack at one number of known rows each, in this thread or in worker threads.
// Source: docs/architecture.md#the-audit; the pool is learn's. Threads stop at once when told, whatever an attack is doing.
// What a task finds depends on the task alone, so any number of threads gives the same report.

import { setImmediate as nextTurn } from 'node:timers/promises'
import { throwIfAborted } from '../../errors.ts'
import { answerOf, inWorkers, workerFile } from '../../learn/workers.ts'
import type { Finding } from '../finding.ts'
import type { Attack } from './attack.ts'
import { type CurvePoint, curvePoints, pointOf } from './curve.ts'
import type { Evidence } from './evidence.ts'
import { shownTo } from './runs.ts'

/** One run of an attack, or its runs over several draws of known rows. JSON. */
export interface Task {
  readonly attack: string
  readonly known: number
  /**
   * Of a release with several label columns: the place of the one that an attack on labels is asked about, or of the only one
   * that another attack is shown; absent for all of them.
   */
  readonly label?: number | undefined
  /** Absent for a finding, which is of one draw. */
  readonly draws?: number | undefined
}

/** What all tasks of an audit share. */
export interface Workload {
  readonly evidence: Evidence
  readonly effort: 'quick' | 'full'
  readonly seed: number
}

/** What a task found: one of the two. */
export interface Answer {
  readonly finding?: Finding | undefined
  readonly point?: CurvePoint | undefined
}

interface TaskOptions {
  readonly attacks: readonly Attack[]
  /** Worker threads, which know built-in attacks alone; this thread if absent. */
  readonly threads?: number | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

/** Runs tasks; answers come in their order. @throws FrostglassError `aborted`, and those of the attacks. */
export async function runTasks(
  workload: Workload,
  tasks: readonly Task[],
  options: TaskOptions,
): Promise<Answer[]> {
  // A point of one draw is the finding at as many known rows: not measured twice.
  const same = tasks.map(({ attack, known, draws, label }) =>
    draws === 1
      ? tasks.findIndex(
          (t) => t.draws === undefined && t.attack === attack && t.known === known && t.label === label,
        )
      : -1,
  )
  const distinct = tasks.filter((_, i) => same[i]! < 0)
  const answers = await runAll(workload, distinct, options)
  const answerOfTask = new Map(distinct.map((task, i) => [task, answers[i]!]))
  return tasks.map((task, i) => {
    const answer = answerOfTask.get(task)
    if (answer) return answer
    const { finding } = answerOfTask.get(tasks[same[i]!]!)!
    return { point: pointOf({ name: task.attack, title: finding!.title }, [finding!]) }
  })
}

async function runAll(
  workload: Workload,
  tasks: readonly Task[],
  { attacks, threads, signal, onProgress }: TaskOptions,
): Promise<Answer[]> {
  const abort = signal ? { signal } : {}
  if (threads === undefined) {
    const answers: Answer[] = []
    for (const task of tasks) {
      // Between attacks a pending signal gets its turn.
      await nextTurn()
      throwIfAborted(signal)
      answers.push(await runTask(workload, task, attacks, abort))
      onProgress?.(answers.length, tasks.length)
    }
    return answers
  }
  let done = 0
  const replies = await inWorkers<Task, Answer>(workerFile('worker', import.meta.url), workload, tasks, {
    ...abort,
    workers: threads,
    onReply: () => onProgress?.(++done, tasks.length),
  })
  return replies.map(answerOf)
}

/** Runs one task. @throws RangeError for an attack that is not among `attacks`. */
export async function runTask(
  { evidence: whole, effort, seed }: Workload,
  { attack: name, known, draws, label }: Task,
  attacks: readonly Attack[],
  abort: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Answer> {
  const attack = attacks.find((a) => a.name === name)
  if (!attack) throw new RangeError(`there is no attack ${name}`)
  const options = { seed, effort, ...abort }
  const evidence = label === undefined ? whole : shownTo(attack, whole, label)
  if (draws === undefined) return { finding: await attack.run(evidence, { ...options, known }) }
  const [point] = await curvePoints(evidence, [attack], known, { ...options, draws })
  return { point: point! }
}
