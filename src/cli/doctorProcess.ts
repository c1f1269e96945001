// Runs checks, each in a process of its own, and tells what became of them.
// Source: node:child_process. A process that is killed, ends without a word or hangs is a check that failed.

import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { throwIfAborted } from '../errors.ts'
import { workerFile } from '../learn/workers.ts'
import type { Check } from './doctorChecks.ts'
import type { Found } from './doctorWorker.ts'

/** A check and what became of it. JSON. */
export interface Looked {
  readonly name: string
  readonly for: string
  readonly needed: boolean
  readonly works: boolean
  /** What was found, or what went wrong. */
  readonly found: string
  /** How to get it; where it works, absent. */
  readonly cure?: string | undefined
}

/** Milliseconds after which a check hangs: it takes one or two seconds on a machine that has time. */
const patience = 300_000

/** Looks for everything, at the same time. @throws FrostglassError `aborted` */
export async function lookForAll(checks: readonly Check[], signal: AbortSignal): Promise<Looked[]> {
  const looked = await Promise.all(checks.map((check) => lookFor(check, signal)))
  throwIfAborted(signal)
  return looked
}

async function lookFor(check: Check, signal: AbortSignal): Promise<Looked> {
  const { name, needed, cure } = check
  const about = { name, for: check.for, needed }
  const answer = await answerOf(name, signal)
  if ('found' in answer) return { ...about, works: true, found: answer.found }
  return { ...about, works: false, found: answer.failed, cure }
}

function answerOf(name: string, signal: AbortSignal): Promise<Found> {
  return new Promise((resolve) => {
    const child = fork(fileURLToPath(workerFile('doctorWorker', import.meta.url)), [name], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      timeout: patience,
      killSignal: 'SIGKILL',
      signal,
    })
    let answer: Found | undefined
    let said = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(0, 4000)
    })
    child.on('message', (message) => {
      answer = message as Found
    })
    child.on('error', (error) => resolve({ failed: error.message }))
    child.on('close', (code, killed) => resolve(answer ?? { failed: ended(code, killed, said) }))
  })
}

/** How a process ended that gave no answer. What the system's loader says of a library stands in the first line of stderr. */
function ended(code: number | null, killed: NodeJS.Signals | null, said: string): string {
  const words = said.split('\n').find((line) => line.trim() !== '')
  const how = killed === null ? `ended with ${code} before it answered` : `was ended by ${killed}`
  return `the process that loaded it ${how}${words === undefined ? '' : `: ${words.slice(0, 200)}`}`
}
