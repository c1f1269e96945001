// A thread that holds sessions of ONNX Runtime and runs them: on Node a run blocks the thread that asks for it.
// Source: onnxruntime-node.
// It trusts what the service has checked: names, types and shapes of the inputs.

import { parentPort } from 'node:worker_threads'
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { loadRuntime, sessionOptions } from '../../graph/native/runtime.ts'
import { type Datatype, datatypeOf, datatypes, views, type WireTensor } from './datatypes.ts'

/** What the thread is asked. `key` names a session, `id` the answer. */
export type Order =
  | { readonly id: number; readonly end: true }
  | { readonly id: number; readonly open: OpenOrder }
  | { readonly id: number; readonly close: number }
  | { readonly id: number; readonly run: RunOrder }

interface OpenOrder {
  readonly key: number
  readonly bytes: Uint8Array
  /** Inside one run; 0 leaves it to the runtime. */
  readonly threads: number
}

interface RunOrder {
  readonly key: number
  readonly inputs: WireTensor[]
  /** Names of the outputs wanted. */
  readonly outputs: string[]
}

/** One end of a session as the runtime tells it; a type that the protocol lacks has the runtime's name. */
export interface RuntimeEnd {
  readonly name: string
  readonly datatype: Datatype | null
  readonly type: string
  /** Names of free sizes stand as they are. */
  readonly shape: readonly (number | string)[]
}

export interface Opened {
  readonly inputs: RuntimeEnd[]
  readonly outputs: RuntimeEnd[]
}

/** The outputs, and the milliseconds in the runtime. */
export interface Ran {
  readonly outputs: WireTensor[]
  readonly milliseconds: number
}

export type Reply =
  | { readonly id: number; readonly opened: Opened }
  | { readonly id: number; readonly closed: true }
  | { readonly id: number; readonly ran: Ran }
  | { readonly id: number; readonly failure: string }

// The runtime's JavaScript (version 1.30) takes this for half precision where it is there, and its native part sees no
// elements in it. In a thread of our own it can be missing: then both agree on Uint16Array.
Reflect.deleteProperty(globalThis, 'Float16Array')
const ort = await loadRuntime()
// The runtime writes its errors to standard error, and they quote what was sent ("idx=9").
const silent = { logSeverityLevel: 4 } as const
const sessions = new Map<number, InferenceSession>()
const port = parentPort as NonNullable<typeof parentPort>

// One at a time: opening yields to the loop, and a run must not meet a session half replaced.
let turn: Promise<void> = Promise.resolve()
port.on('message', (order: Order) => {
  turn = turn.then(async () => {
    try {
      if ('end' in order) {
        for (const session of sessions.values()) await session.release()
        port.close()
        return
      }
      const reply = await answer(order)
      port.postMessage(reply, 'ran' in reply ? buffersOf(reply.ran) : [])
    } catch (error) {
      port.postMessage({ id: order.id, failure: (error as Error).message } satisfies Reply)
    }
  })
})

async function answer(order: Exclude<Order, { end: true }>): Promise<Reply> {
  const { id } = order
  if ('open' in order) return { id, opened: await open(order.open) }
  if ('close' in order) {
    await sessions.get(order.close)?.release()
    sessions.delete(order.close)
    return { id, closed: true }
  }
  return { id, ran: await run(order.run) }
}

async function open({ key, bytes, threads }: OpenOrder): Promise<Opened> {
  const options = { ...sessionOptions({ threads }, false), ...silent }
  const session = await ort.InferenceSession.create(bytes, options)
  sessions.set(key, session)
  return { inputs: session.inputMetadata.map(endOf), outputs: session.outputMetadata.map(endOf) }
}

function endOf(end: InferenceSession.ValueMetadata): RuntimeEnd {
  if (!end.isTensor) return { name: end.name, datatype: null, type: 'no tensor', shape: [] }
  return { name: end.name, datatype: datatypeOf(end.type) ?? null, type: end.type, shape: end.shape }
}

async function run({ key, inputs, outputs }: RunOrder): Promise<Ran> {
  const session = sessions.get(key)
  if (!session) throw new Error('the model was removed')
  const start = performance.now()
  const feeds = Object.fromEntries(inputs.map((tensor) => [tensor.name, wrap(tensor)]))
  const results = await session.run(feeds, outputs, silent)
  const milliseconds = performance.now() - start
  return { outputs: outputs.map((name) => unwrap(name, results[name]!)), milliseconds }
}

function wrap({ datatype, shape, data }: WireTensor): OrtTensor {
  if (datatype === 'BYTES') return new ort.Tensor('string', data as string[], shape)
  const elements = new views[datatype](data as ArrayBuffer)
  return new ort.Tensor(datatypes[datatype].runtime as 'float32', elements as Float32Array, shape)
}

function unwrap(name: string, tensor: OrtTensor): WireTensor {
  const datatype = datatypeOf(tensor.type)
  if (!datatype) throw new Error(`output '${name}' has the type ${tensor.type}, which the protocol lacks`)
  const shape = [...tensor.dims]
  if (datatype === 'BYTES') return { name, datatype, shape, data: tensor.data as string[] }
  const { buffer, byteOffset, byteLength } = tensor.data as Float32Array
  // A copy: memory of the runtime cannot be handed to another thread.
  return { name, datatype, shape, data: buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer }
}

function buffersOf({ outputs }: Ran): ArrayBuffer[] {
  return outputs.flatMap(({ data }) => (data instanceof ArrayBuffer ? [data] : []))
}
