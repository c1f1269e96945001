// Where rows are read and noise is drawn: a process of its own, which sends private answers only and can be ended at any time.
// Source: node:child_process. DuckDB looks for an interruption between pieces of its work, and a piece may take long; a worker
// thread is not ended before the call into DuckDB that it is in (measured: PROOF.md, "Time"). A process is.
// It does not hide that it works: its time, its memory and its processor are seen by whoever sees the machine.

import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { openDatabase } from '../../data/duckdb.ts'
import { FrostglassError } from '../../errors.ts'
import { workerFile } from '../../learn/workers.ts'
import type { RandomSource } from '../../random/source.ts'
import { type AnsweredGroup, answered } from './answer.ts'
import { exactGroups } from './exact.ts'
import type { QueryPlan } from './plan.ts'

/** Answers plans, with noise. */
export interface Answerer {
  /** Makes public tables. @throws FrostglassError `io` where that cannot be done; nothing is spent by then. */
  open(setup: readonly string[]): Promise<void>
  /** @throws Error of no words where a plan cannot be answered. */
  answer(plan: QueryPlan): Promise<AnsweredGroup[]>
  /** Ends it, also in the midst of its work. */
  close(): void
}

/** What an answerer's process is asked. */
export type Request =
  | { readonly kind: 'open'; readonly setup: readonly string[] }
  | { readonly kind: 'answer'; readonly plan: QueryPlan }
  | { readonly kind: 'close' }

/** Its reply: what it was asked for, or that it could not, without a reason. */
export type Reply = { readonly groups: AnsweredGroup[] } | { readonly failed: true }

/** A process that has nothing to do, and the folder that paths are seen from in it: starting one takes longer than most queries. */
let idle: { readonly child: ChildProcess; readonly folder: string } | undefined

function started(): ChildProcess {
  const child = fork(fileURLToPath(workerFile('answerWorker', import.meta.url)), {
    serialization: 'advanced',
    // Nothing of the owner's environment, and no words of the process: they might quote cells.
    env: { PATH: process.env['PATH'] ?? '' },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  // Asking it says so; without a listener it would end this process.
  child.on('error', () => {})
  child.on('exit', () => {
    if (idle?.child === child) idle = undefined
  })
  return child
}

/** An answerer in a process of its own, which starts at once. */
export function answererProcess(): Answerer {
  const folder = process.cwd()
  const kept = idle?.folder === folder ? idle.child : undefined
  if (kept === undefined) idle?.child.kill('SIGKILL')
  idle = undefined
  const child = kept ?? started()
  child.ref()
  child.channel?.ref()
  let busy = false
  const ask = (request: Request): Promise<AnsweredGroup[]> => {
    busy = true
    return new Promise((resolve, reject) => {
      const settle = (reply: Reply | undefined) => {
        child.off('message', settle)
        child.off('exit', onExit)
        child.off('error', onExit)
        busy = reply === undefined
        if (reply !== undefined && 'groups' in reply) resolve(reply.groups)
        else reject(new Error('not answered'))
      }
      const onExit = () => settle(undefined)
      child.on('message', settle)
      child.on('exit', onExit)
      child.on('error', onExit)
      if (child.exitCode !== null || child.signalCode !== null) onExit()
      else child.send(request, (error) => error && onExit())
    })
  }
  return {
    async open(setup) {
      await ask({ kind: 'open', setup }).catch((cause) => {
        throw new FrostglassError(
          'io',
          'the process that answers queries cannot be started',
          'Check that memory is free.',
          cause,
        )
      })
    },
    answer: (plan) => ask({ kind: 'answer', plan }),
    close() {
      if (busy || idle !== undefined || child.exitCode !== null || !child.connected) {
        child.kill('SIGKILL')
        return
      }
      idle = { child, folder }
      child.send({ kind: 'close' } satisfies Request)
      // It must not keep this process from ending, and ends with it.
      child.unref()
      child.channel?.unref()
    },
  }
}

/** An answerer in this process, with a given source of noise. */
export function answererHere(random: RandomSource): Answerer {
  const opening = openDatabase(2048)
  const connecting = opening.then((database) => database.connect())
  let working: Promise<unknown> = connecting
  return {
    async open(setup) {
      const connection = await connecting
      for (const statement of setup) await connection.run(statement)
    },
    async answer(plan) {
      const connection = await connecting
      const exact = exactGroups(connection, plan)
      working = exact
      try {
        return answered(plan, await exact, random)
      } catch {
        throw new Error('not answered')
      }
    },
    async close() {
      const [database, connection] = await Promise.all([opening, connecting])
      connection.interrupt()
      await working.catch(() => {})
      database.close()
    },
  }
}
