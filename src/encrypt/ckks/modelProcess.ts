// Starts the untrusted side as another process: what it was never sent, its memory cannot hold.
// Source: node:child_process (fork). A test reads the memory of the process and looks for secrets.

import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type ErrorCode, FrostglassError } from '../../errors.ts'
import { workerFile } from '../../learn/index.ts'
import type { Answer, Ask } from './messages.ts'

/** A process that trains. */
export interface ModelProcess {
  readonly pid: number
  readonly ask: Ask
  /** Ends it. */
  close(): void
}

interface Reply {
  readonly answer?: Answer
  readonly failure?: { readonly code?: ErrorCode; readonly message: string; readonly hint?: string }
}

/** Starts a process; it ends with its parent. */
export function startModelProcess(): ModelProcess {
  const child = fork(fileURLToPath(workerFile('modelWorker', import.meta.url)), {
    serialization: 'advanced',
    // Nothing of the owner's environment: a passphrase may be in it.
    env: { PATH: process.env['PATH'] ?? '' },
    execArgv: [],
  })
  return {
    pid: child.pid as number,
    ask: (request) =>
      new Promise((resolve, reject) => {
        const settle = (work: () => void) => {
          child.off('message', onMessage)
          child.off('exit', onExit)
          work()
        }
        const onMessage = ({ answer, failure }: Reply) =>
          settle(() => {
            if (answer) return resolve(answer)
            const { code, message, hint } = failure!
            reject(
              code === undefined
                ? new Error(message)
                : new FrostglassError(code, message, hint === undefined ? {} : { hint }),
            )
          })
        const onExit = (status: number | null) =>
          settle(() =>
            reject(
              new FrostglassError('io', `the training process ended (${status ?? 'killed'})`, {
                hint: 'there may not be enough memory',
              }),
            ),
          )
        child.on('message', onMessage)
        child.on('exit', onExit)
        child.send(request, (error) => {
          if (error) settle(() => reject(error))
        })
      }),
    close: () => {
      child.kill()
    },
  }
}
