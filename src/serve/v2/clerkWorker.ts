// The thread that reads large requests and writes large answers: clerk.ts is the other side.
// Source: request.ts and response.ts.
// What goes wrong is told in a refusal's words; anything else ends the thread, and with it the request.

import { parentPort } from 'node:worker_threads'
import type { ModelSignature } from './contract.ts'
import type { WireTensor } from './datatypes.ts'
import { Refusal } from './refusal.ts'
import { type InferenceRequest, parseRequest } from './request.ts'
import { type FormattedResponse, formatResponse } from './response.ts'

/** What the thread is asked. */
export type ClerkTask =
  | {
      readonly read: {
        readonly body: Uint8Array
        readonly headerLength: string | undefined
        readonly model: ModelSignature
        readonly mostTexts: number
      }
    }
  | {
      readonly write: {
        readonly model: ModelSignature
        readonly request: InferenceRequest
        readonly tensors: readonly WireTensor[]
      }
    }

export type ClerkReply =
  | { readonly read: InferenceRequest }
  | { readonly wrote: FormattedResponse }
  | { readonly refused: { readonly status: number; readonly message: string } }

const port = parentPort as NonNullable<typeof parentPort>
port.on('message', (task: ClerkTask) => {
  try {
    const { reply, give } = answer(task)
    port.postMessage(reply, give)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    port.postMessage({ refused: { status: error.status, message: error.message } } satisfies ClerkReply)
  }
})

function answer(task: ClerkTask): { readonly reply: ClerkReply; readonly give: ArrayBuffer[] } {
  if ('read' in task) {
    const { body, headerLength, model, mostTexts } = task.read
    const read = parseRequest(body, headerLength, model, mostTexts)
    return { reply: { read }, give: read.inputs.map(({ data }) => data) }
  }
  const { model, request, tensors } = task.write
  const wrote = formatResponse(model, request, tensors)
  // Bytes, which need no copy on the way.
  const body = typeof wrote.body === 'string' ? new TextEncoder().encode(wrote.body) : wrote.body
  return { reply: { wrote: { ...wrote, body } }, give: [body.buffer] }
}
