// The calls of a node to its coordinator: signed anew at each try, and tried again where nobody answers.
// Source: ours; signature.ts, wire.ts. Paths and statuses are those of serve/fleet.
// What the coordinator refuses is final: that of 401 ends a node, unless a clock is the reason; the others end its part in a stage.

import { setTimeout as pause } from 'node:timers/promises'
import { FrostglassError, printable, throwIfAborted } from '../../errors.ts'
import { CallFailed } from '../flower/contract.ts'
import { connectTo } from '../flower/transport.ts'
import type { NodeIdentity } from './identity.ts'
import { digestOf, signRequest } from './signature.ts'
import { paths, readTask, type Task } from './wire.ts'

/** What became of a reply, as its node is told. */
export type Delivery = { readonly accepted: true } | { readonly accepted: false; readonly why: string }

/** A node's calls. Each throws FrostglassError 'key' where it is not let in, 'input' for an answer that is none, 'aborted'. */
export interface CoordinatorCalls {
  task(): Promise<Task>
  reply(round: number, stage: number, body: Uint8Array): Promise<Delivery>
  /** @throws FrostglassError 'input' also where its digest is another */
  program(digest: string): Promise<Uint8Array>
  close(): void
}

export interface CallOptions {
  /** `http://host:port` or `https://host:port` */
  readonly url: string
  readonly identity: NodeIdentity
  /** Certificates in PEM, in place of the system's. */
  readonly ca?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** Called before each new try, with why. */
  readonly onWait?: ((why: string) => void) | undefined
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined
}

/** Bytes of a receipt. Tasks and programs hold weights, and are as long as the transport takes. */
const mostOfReceipt = 2 ** 20

/** Milliseconds between tries, doubled up to the last. */
const [shortest, longest] = [100, 2000]

/** @throws FrostglassError 'usage' for an address that is none */
export function openCalls({
  url,
  identity,
  ca,
  signal,
  onWait,
  now = Date.now,
}: CallOptions): CoordinatorCalls {
  const { call, close } = connectTo(url, { ca })

  /**
   * @param options.most bytes of the answer
   * @param options.leaving whether it is tried once even when `signal` has fired: what is in hand is delivered
   */
  async function answered(
    path: string,
    body: Uint8Array,
    { leaving = false, most }: { readonly leaving?: boolean; readonly most?: number } = {},
  ): Promise<{ status: number; body: Uint8Array }> {
    for (let wait = shortest; ; wait = Math.min(2 * wait, longest)) {
      if (!leaving || wait > shortest) throwIfAborted(signal)
      const signed = signRequest(identity, { method: 'POST', path }, body, now())
      const headers = { 'content-type': 'application/octet-stream', ...signed }
      const answer = await call(path, body, { headers, signal: leaving ? undefined : signal, most }).catch(
        (error: unknown) => {
          if (error instanceof CallFailed) return error
          throw error
        },
      )
      if (!(answer instanceof CallFailed) && ![408, 429, 500, 502, 503, 504].includes(answer.status)) {
        const isFinal = answer.status === 401 && !isPassing(wordsOf(answer.body))
        if (isFinal)
          throw new FrostglassError(
            'key',
            `the coordinator does not let this node in: ${wordsOf(answer.body)}`,
            'See that its key stands in the coordinator’s list.',
          )
        if (answer.status !== 401) return answer
      }
      onWait?.(answer instanceof CallFailed ? answer.message : wordsOf(answer.body))
      await pause(wait, undefined, signal ? { signal } : {}).catch(() => throwIfAborted(signal))
    }
  }

  return {
    async task() {
      const { status, body } = await answered(paths.task, new Uint8Array())
      if (status !== 200) throw notOurs(url, status, body)
      return readTask(body)
    },
    async reply(round, stage, bytes) {
      const { status, body } = await answered(paths.reply(round, stage), bytes, {
        leaving: true,
        most: mostOfReceipt,
      })
      if (status === 200) return { accepted: true }
      if ([400, 403, 404, 409, 410, 413, 422].includes(status)) return { accepted: false, why: wordsOf(body) }
      throw notOurs(url, status, body)
    },
    async program(digest) {
      const { status, body } = await answered(paths.program, new Uint8Array())
      if (status !== 200) throw notOurs(url, status, body)
      if (digestOf(body) === digest) return body
      throw new FrostglassError(
        'input',
        'the coordinator’s program is not the one that its task names',
        'Tell whoever runs the coordinator.',
      )
    },
    close,
  }
}

function wordsOf(body: Uint8Array): string {
  const text = new TextDecoder().decode(body.subarray(0, 4000))
  try {
    const { error } = JSON.parse(text) as { readonly error?: unknown }
    if (typeof error === 'string') return printable(error)
  } catch {
    // Words of somebody else: as they are.
  }
  return printable(text.replaceAll(/\s+/g, ' ').slice(0, 200))
}

/** Whether a 401 is of a clock that is off, here or there, or of a request that came twice: the next try is signed anew. */
const isPassing = (words: string): boolean => /'s clock is \d+ s |the request came before/.test(words)

const notOurs = (url: string, status: number, body: Uint8Array): FrostglassError =>
  new FrostglassError(
    'input',
    `${url} answers as no coordinator does: ${status}, ${wordsOf(body)}`,
    'Look at the address.',
  )
