// Starts the untrusted side as another process: what it was never sent, its memory cannot hold.
// Source: node:child_process; messages over a stream of our own (frames.ts). A test reads the memory of the process and looks for
// secrets. Whatever comes back ends in an answer to be checked, or a FrostglassError; how long it takes is the caller's to bound.

import { spawn } from 'node:child_process'
import type { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { type ErrorCode, FrostglassError } from '../../errors.ts'
import { workerFile } from '../../learn/workers.ts'
import { wordsOfOthers } from '../wordsOfOthers.ts'
import { mostAnswerBytes } from './checkWeights.ts'
import { type Frame, frameOf, frameReader } from './frames.ts'
import type { AskModel, ModelAnswer } from './messages.ts'
import type { ModelPlan } from './modelPlan.ts'
import { channelDescriptor, requestFrame } from './requestFrames.ts'

/** A process that trains. */
export interface ModelProcess {
  readonly pid: number
  /** One question at a time. @throws FrostglassError what the process says of its failure, or that it ended */
  readonly ask: AskModel
  /** Ends it, whether it wants to or not. */
  close(): void
}

/** Starts a process; it ends with its parent. @param plan of the training: nothing larger than its answers is read */
export function startModelProcess(plan: ModelPlan): ModelProcess {
  const child = spawn(process.execPath, [fileURLToPath(workerFile('modelWorker', import.meta.url))], {
    // Nothing of the owner's environment: a passphrase may be in it. Nor its terminal, or the file it reads from.
    env: { PATH: process.env['PATH'] ?? '' },
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  const channel = child.stdio[channelDescriptor] as Duplex
  const talk = talkingTo(channel, plan, () => child.kill('SIGKILL'))
  child.on('exit', (status) => talk.end(String(status ?? 'killed')))
  child.on('error', (error) => talk.end(textOf(error.message)))
  return {
    pid: child.pid!,
    ask: talk.ask,
    close() {
      child.kill('SIGKILL')
      // What the process started may hold the other end still.
      channel.destroy()
    },
  }
}

/** Of a reply's head: a kind, or some words. */
const mostHead = 1 << 16

/** The owner's end of a channel. @param stop ends the other side, which said what is no message */
export function talkingTo(
  channel: Duplex,
  plan: ModelPlan,
  stop: () => void,
): { readonly ask: AskModel; end(why: string): void } {
  let waiting: PromiseWithResolvers<ModelAnswer> | undefined
  let ended: FrostglassError | undefined
  const end = (why: string) => {
    ended ??= new FrostglassError(
      'io',
      `the training process ended (${why})`,
      'Free some memory: there may not be enough.',
    )
    waiting?.reject(ended)
    waiting = undefined
  }
  const read = frameReader({ head: mostHead, bytes: mostAnswerBytes(plan) }, (reply) => {
    // What nobody asked for is nobody's answer.
    const asked = waiting
    waiting = undefined
    if (!asked) return
    const answer = answerOf(reply)
    if (answer instanceof FrostglassError) asked.reject(answer)
    else asked.resolve(answer)
  })
  channel.on('data', (piece: Uint8Array) => {
    if (ended) return
    try {
      read(piece)
    } catch {
      end('it said what is no message')
      stop()
    }
  })
  channel.on('error', (error) => end(textOf(error.message)))
  channel.on('end', () => end('it closed its channel'))
  channel.on('close', () => end('it closed its channel'))
  return {
    end,
    ask(request) {
      if (ended) return Promise.reject(ended)
      if (waiting) throw new TypeError('the training process is asked one question at a time')
      const answer = Promise.withResolvers<ModelAnswer>()
      waiting = answer
      channel.cork()
      for (const piece of frameOf(requestFrame(request))) channel.write(piece)
      channel.uncork()
      return answer.promise
    },
  }
}

/** Kinds of failure that a service may speak of; those that end a command otherwise (keys, policy, Ctrl-C) are not its to say. */
const sayable: readonly ErrorCode[] = ['input', 'usage', 'unsupported', 'shape']

/** An answer, whatever its parts hold; or what a reply says of a failure. */
function answerOf({ said, parts }: Frame): ModelAnswer | FrostglassError {
  const { kind, code, message } = (typeof said === 'object' && said !== null ? said : {}) as Record<
    string,
    unknown
  >
  if (kind === 'ready') return { kind }
  if (kind === 'weights') return { kind, weights: parts }
  return new FrostglassError(
    sayable.find((word) => word === code) ?? 'io',
    `the training process could not go on; it says: ${textOf(message)}`,
    'Do not rely on it: these are its words, and nobody checked them.',
  )
}

const textOf = (said: unknown): string => wordsOfOthers(said, 'it does not say why')
