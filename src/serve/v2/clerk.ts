// Reads requests and writes answers: small ones here, large JSON in a thread of its own, so that the loop answers others meanwhile.
// Source: node:worker_threads; clerkWorker.ts is the thread, request.ts and response.ts do the work on either side.
// One large body at a time, client by client. The thread ends when it has had nothing to do for a while: then its memory is the system's again.

import { Worker } from 'node:worker_threads'
import { workerFile } from '../../learn/workers.ts'
import type { ClerkReply, ClerkTask } from './clerkWorker.ts'
import type { ModelSignature } from './contract.ts'
import { elementsOf, type WireTensor } from './datatypes.ts'
import { atDeadline, type Deadline, tooLate } from './deadline.ts'
import { createFairLine } from './fairLine.ts'
import { Refusal } from './refusal.ts'
import { type InferenceRequest, parseRequest } from './request.ts'
import { type FormattedResponse, formatResponse } from './response.ts'

/** Bytes of JSON, or of a body with texts, that are read at once: a few milliseconds. */
const shortText = 2 ** 17
/** Elements that are written as JSON at once, texts counted by their bytes, four as one; binary ones are copied, whatever their number. */
const fewElements = 2 ** 15
/** Bytes that a short text takes on its way through a model that gives it back (194 measured, 5 letters), where a body has 4 for it. */
const textSize = 200
/** Milliseconds without work after which the thread ends. */
const idleTime = 5000
/** Of the thread: 32 MB of JSON take up to a gigabyte as lists. */
const mostMegabytes = 3072

type Done = Exclude<ClerkReply, { refused: object }>
interface Job {
  readonly task: ClerkTask
  readonly give: ArrayBuffer[]
  readonly answer: PromiseWithResolvers<Done>
}

export interface Clerk {
  /** Takes the body's memory with it, where it is large. @throws Refusal as {@link parseRequest}; 504 at the deadline, waiting for others' bodies included, 413 when it takes too much memory */
  read(
    body: Uint8Array,
    headerLength: string | undefined,
    model: ModelSignature,
    deadline: Deadline,
    client?: string,
  ): InferenceRequest | Promise<InferenceRequest>
  /** Takes the tensors' memory with it. @throws Refusal as {@link formatResponse}, and as `read` */
  write(
    model: ModelSignature,
    request: InferenceRequest,
    tensors: readonly WireTensor[],
    deadline: Deadline,
    client?: string,
  ): FormattedResponse | Promise<FormattedResponse>
  end(): Promise<void>
}

/**
 * A clerk whose thread starts with the first large body.
 * @param maxBody bytes of a body at most, and what its texts may take
 */
export function createClerk(maxBody: number): Clerk {
  const mostTexts = Math.max(1, Math.floor(maxBody / textSize))
  const office = createOffice()
  return {
    read(body, headerLength, model, deadline, client) {
      const allText = headerLength === undefined || model.inputs.some(({ datatype }) => datatype === 'BYTES')
      const text = allText ? body.length : Number(headerLength)
      if (!(text > shortText)) return parseRequest(body, headerLength, model, mostTexts)
      // A copy only where the memory holds more than the body: of 30 MB it kept the longest probe waiting (bench/probeServer.ts).
      const whole = body.length === body.buffer.byteLength
      const bytes = whole ? (body as Uint8Array<ArrayBuffer>) : new Uint8Array(body)
      return office
        .ask({ read: { body: bytes, headerLength, model, mostTexts } }, [bytes.buffer], deadline, client)
        .then((done) => (done as { read: InferenceRequest }).read)
    },
    write(model, request, tensors, deadline, client) {
      const listed = request.outputs.reduce(
        (sum, { binary }, i) => sum + (binary ? 0 : lengthOf(tensors[i]!)),
        0,
      )
      if (listed <= fewElements) return formatResponse(model, request, tensors)
      const give = tensors.map(({ data }) => data)
      // The inputs' memory went to the model.
      return office
        .ask({ write: { model, request: { ...request, inputs: [] }, tensors } }, give, deadline, client)
        .then((done) => (done as { wrote: FormattedResponse }).wrote)
    },
    end: office.end,
  }
}

const lengthOf = ({ datatype, shape, data }: WireTensor): number =>
  datatype === 'BYTES' ? data.byteLength / 4 : elementsOf(shape)

/** The thread, and what waits for it. */
function createOffice() {
  let worker: Worker | undefined
  let busy: Job | undefined
  const line = createFairLine<Job>()
  let idle: NodeJS.Timeout | undefined
  let ended = false

  const start = (): Worker => {
    const started = new Worker(workerFile('clerkWorker', import.meta.url), {
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: mostMegabytes },
    })
    started.on('message', (reply: ClerkReply) => {
      if (worker !== started || !busy) return
      if ('refused' in reply) busy.answer.reject(new Refusal(reply.refused.status, reply.refused.message))
      else busy.answer.resolve(reply)
      next()
    })
    started.on('error', (error: NodeJS.ErrnoException) => {
      if (worker !== started) return
      worker = undefined
      const tooMuch = error.code === 'ERR_WORKER_OUT_OF_MEMORY'
      busy?.answer.reject(
        tooMuch ? new Refusal(413, 'its JSON takes too much memory; send binary data') : error,
      )
      next()
    })
    started.unref()
    return started
  }

  const next = () => {
    ;[busy] = line.inOrder()
    clearTimeout(idle)
    if (busy) {
      line.take([busy])
      worker ??= start()
      worker.postMessage(busy.task, busy.give)
    } else idle = setTimeout(() => void stop(), idleTime).unref()
  }

  const stop = () => {
    const stopped = worker
    worker = undefined
    return stopped?.terminate()
  }

  async function ask(
    task: ClerkTask,
    give: ArrayBuffer[],
    deadline: Deadline,
    client?: string,
  ): Promise<Done> {
    if (ended) throw new Refusal(503, 'the service is shutting down')
    const job: Job = { task, give, answer: Promise.withResolvers() }
    const timer = atDeadline(deadline, () => {
      job.answer.reject(tooLate(deadline))
      line.drop((other) => other === job)
      if (busy !== job) return
      void stop()
      next()
    })
    line.add(client, job)
    if (!busy) next()
    try {
      return await job.answer.promise
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    ask,
    async end() {
      ended = true
      clearTimeout(idle)
      for (const job of [...(busy ? [busy] : []), ...line.inOrder()])
        job.answer.reject(new Refusal(503, 'the service is shutting down'))
      line.drop(() => true)
      await stop()
    },
  }
}
