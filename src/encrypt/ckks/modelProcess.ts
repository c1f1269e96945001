// Starts the untrusted side as another process: what it was never sent, its memory cannot hold.
// Source: node:child_process (fork). A test reads the memory of the process and looks for secrets.
// It does not bound what the process makes its parent read: Node takes a message whole before anybody sees its size.

import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type ErrorCode, FrostglassError } from '../../errors.ts'
import { workerFile } from '../../learn/index.ts'
import type { Answer, Ask } from './messages.ts'

/** A process that trains. */
export interface ModelProcess {
  readonly pid: number
  /** One question at a time. @throws FrostglassError what the process says of its failure, or that it ended */
  readonly ask: Ask
  /** Ends it, whether it wants to or not. */
  close(): void
}

/** Starts a process; it ends with its parent. */
export function startModelProcess(): ModelProcess {
  return talkingTo(
    fork(fileURLToPath(workerFile('modelWorker', import.meta.url)), {
      serialization: 'advanced',
      // Nothing of the owner's environment: a passphrase may be in it. Nor its terminal, or the file it reads from.
      env: { PATH: process.env['PATH'] ?? '' },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: [],
    }),
  )
}

/** The owner's end of a channel; whatever comes through it ends in an answer to be checked, or a FrostglassError. */
export function talkingTo(child: ChildProcess): ModelProcess {
  let waiting: PromiseWithResolvers<Answer> | undefined
  let ended: FrostglassError | undefined
  const end = (why: string) => {
    ended ??= new FrostglassError('io', `the training process ended (${why})`, {
      hint: 'there may not be enough memory',
    })
    waiting?.reject(ended)
    waiting = undefined
  }
  // What nobody asked for is nobody's answer.
  child.on('message', (reply: unknown) => {
    const asked = waiting
    waiting = undefined
    if (!asked) return
    const failure = failureOf(reply)
    if (failure) asked.reject(failure)
    else asked.resolve((reply as { readonly answer: Answer }).answer)
  })
  child.on('exit', (status) => end(String(status ?? 'killed')))
  child.on('disconnect', () => end('it closed its channel'))
  child.on('error', (error) => end(textOf(error.message)))
  return {
    pid: child.pid as number,
    ask(request) {
      if (ended) return Promise.reject(ended)
      if (waiting) throw new TypeError('the training process is asked one question at a time')
      const own = Promise.withResolvers<Answer>()
      waiting = own
      child.send(request, (error) => {
        if (error) end(textOf(error.message))
      })
      return own.promise
    },
    close: () => {
      child.kill('SIGKILL')
    },
  }
}

/** Kinds of failure that a service may speak of; those that end a command otherwise (keys, policy, Ctrl-C) are not its to say. */
const sayable: readonly ErrorCode[] = ['input', 'usage', 'unsupported', 'shape']

/** What a reply says of a failure; undefined for an answer, whatever is in it. */
function failureOf(reply: unknown): FrostglassError | undefined {
  const { answer, failure } = (reply ?? {}) as { readonly answer?: unknown; readonly failure?: unknown }
  if (typeof answer === 'object' && answer !== null) return undefined
  const { code, message, hint } = (failure ?? {}) as Record<string, unknown>
  return new FrostglassError(
    sayable.find((own) => own === code) ?? 'io',
    `the training process could not go on: ${textOf(message)}`,
    typeof hint === 'string' ? { hint: textOf(hint) } : {},
  )
}

/** Words of somebody else, fit for a terminal: short, and nothing that moves a cursor. */
const textOf = (said: unknown): string =>
  typeof said === 'string' && said !== ''
    ? said.slice(0, 300).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
    : 'it does not say why'
