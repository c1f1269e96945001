// Runs cases in a process that is replaced when it crashes or hangs, and keeps what came of each.
// Source: none. It measures no time: the limit only ends what hangs.

import { type ChildProcess, fork } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Answer, Case } from './case.ts'

/** Milliseconds after which a case hangs. */
const patience = 120_000

/** A case and what came of it. */
export interface Result extends Answer {
  readonly suite: Case['suite']
  readonly name: string
}

/** The cases of a file, in order. */
export async function* readCases(file: string): AsyncGenerator<Case> {
  for await (const line of createInterface({ input: createReadStream(file) }))
    if (line !== '') yield JSON.parse(line) as Case
}

const worker = new URL('./worker.ts', import.meta.url)

/** Answers every case in turn. */
export async function runCases(
  cases: AsyncIterable<Case>,
  onResult: (result: Result) => void,
): Promise<readonly Result[]> {
  const results: Result[] = []
  let child: ChildProcess | undefined
  for await (const c of cases) {
    let answered: Answer | string = ''
    // Once more in a new process: what a case before it left behind is not its fault.
    for (let attempt = 0; attempt < 2 && typeof answered === 'string'; attempt++) {
      child ??= fork(worker, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
      answered = await ask(child, c)
      if (typeof answered !== 'string') break
      child.kill('SIGKILL')
      child = undefined
    }
    const verdict = { outcome: 'untyped', why: typeof answered === 'string' ? answered : '' } as const
    const answer: Answer =
      typeof answered === 'string'
        ? { operator: c.name, version: 0, listed: true, plain: verdict, native: verdict }
        : answered
    const result = { suite: c.suite, name: c.name, ...answer }
    results.push(result)
    onResult(result)
  }
  child?.kill()
  return results
}

/** The child's answer, or why there is none. */
function ask(child: ChildProcess, c: Case): Promise<Answer | string> {
  return new Promise((done) => {
    const finish = (answer: Answer | string) => {
      clearTimeout(limit)
      child.off('message', onMessage)
      child.off('exit', onExit)
      done(answer)
    }
    const onMessage = (message: unknown) => {
      const { failed } = message as { failed?: string | undefined }
      finish(failed ?? (message as Answer))
    }
    const onExit = (code: number | null, signal: string | null) => finish(`it ended: ${signal ?? code}`)
    const limit = setTimeout(() => finish('no answer'), patience)
    child.on('message', onMessage)
    child.on('exit', onExit)
    child.send(c)
  })
}
