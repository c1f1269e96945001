// A thread that holds sessions of ONNX Runtime and runs them: on Node a run blocks the thread that asks for it.
// Source: onnxruntime-node.
// It trusts what the service has checked: names, types and shapes of the inputs.

import { parentPort } from 'node:worker_threads'
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { loadRuntime, sessionOptions } from '../../graph/native/runtime.ts'
import { ofTexts, textsOf } from './binaryTensors.ts'
import { type Datatype, datatypeOf, datatypes, views, type WireTensor } from './datatypes.ts'
import { adaptEnds, type ModelEnds, sameEnds } from './modelEnds.ts'

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
interface OpenSession {
  readonly session: InferenceSession
  readonly ends: ModelEnds
}
const sessions = new Map<number, OpenSession>()
const port = parentPort as NonNullable<typeof parentPort>

// One at a time: opening yields to the loop, and a run must not meet a session half replaced.
let turn: Promise<void> = Promise.resolve()
port.on('message', (order: Order) => {
  turn = turn.then(async () => {
    try {
      if ('end' in order) {
        for (const { session } of sessions.values()) await session.release()
        port.close()
        return
      }
      const reply = await answer(order)
      port.postMessage(reply, 'ran' in reply ? reply.ran.outputs.map(({ data }) => data) : [])
    } catch (error) {
      port.postMessage({ id: order.id, failure: (error as Error).message } satisfies Reply)
    }
  })
})

async function answer(order: Exclude<Order, { end: true }>): Promise<Reply> {
  const { id } = order
  if ('open' in order) return { id, opened: await open(order.open) }
  if ('close' in order) {
    await sessions.get(order.close)?.session.release()
    sessions.delete(order.close)
    return { id, closed: true }
  }
  return { id, ran: await run(order.run) }
}

async function open({ key, bytes, threads }: OpenOrder): Promise<Opened> {
  const options = { ...sessionOptions({ threads }, false), ...silent }
  const opened = await openAdapted(bytes, options)
  sessions.set(key, opened)
  const { session, ends } = opened
  const outer = new Map([...ends.inner].map(([name, inner]) => [inner, name]))
  const told = (end: InferenceSession.ValueMetadata) => endOf(end, outer.get(end.name) ?? end.name, ends)
  return { inputs: session.inputMetadata.map(told), outputs: session.outputMetadata.map(told) }
}

/** The session of a file, or of the file with ends that the runtime takes. */
async function openAdapted(
  bytes: Uint8Array,
  options: InferenceSession.SessionOptions,
): Promise<OpenSession> {
  let session: InferenceSession | undefined
  try {
    session = await ort.InferenceSession.create(bytes, options)
  } catch (error) {
    // 16 is BFLOAT16 of the format: the runtime's part for JavaScript cannot describe such an end.
    if (!/Unsupported data type: 16\b/.test((error as Error).message)) throw error
  }
  if (session && !session.outputNames.includes('__proto__')) return { session, ends: sameEnds }
  const adapted = adaptEnds(bytes)
  if (!adapted) throw new Error('its ends are of a type that the runtime has no elements of')
  await session?.release()
  return { session: await ort.InferenceSession.create(adapted.bytes, options), ends: adapted.ends }
}

function endOf(end: InferenceSession.ValueMetadata, name: string, { bfloat16 }: ModelEnds): RuntimeEnd {
  if (!end.isTensor) return { name, datatype: null, type: 'no tensor', shape: [] }
  const datatype = bfloat16.has(name) ? 'BF16' : (datatypeOf(end.type) ?? null)
  return { name, datatype, type: end.type, shape: end.shape }
}

async function run({ key, inputs, outputs }: RunOrder): Promise<Ran> {
  const open = sessions.get(key)
  if (!open) throw new Error('the model was removed')
  const { session, ends } = open
  const innerOf = (name: string) => ends.inner.get(name) ?? name
  const start = performance.now()
  const feeds = Object.fromEntries(inputs.map((tensor) => [innerOf(tensor.name), wrap(tensor)]))
  const results = await session.run(feeds, outputs.map(innerOf), silent)
  const milliseconds = performance.now() - start
  return { outputs: outputs.map((name) => unwrap(name, results[innerOf(name)]!, ends)), milliseconds }
}

function wrap({ datatype, shape, data }: WireTensor): OrtTensor {
  if (datatype === 'BYTES') return new ort.Tensor('string', textsOf(data), shape)
  const elements = new views[datatype](data)
  return new ort.Tensor(datatypes[datatype].runtime as 'float32', elements as Float32Array, shape)
}

function unwrap(name: string, tensor: OrtTensor, { bfloat16 }: ModelEnds): WireTensor {
  const datatype = bfloat16.has(name) ? 'BF16' : datatypeOf(tensor.type)
  if (!datatype) throw new Error(`output '${name}' has the type ${tensor.type}, which the protocol lacks`)
  const shape = [...tensor.dims]
  if (datatype === 'BYTES') return { name, datatype, shape, data: ofTexts(tensor.data as string[]) }
  const { buffer, byteOffset, byteLength } = tensor.data as Float32Array
  // A copy: memory of the runtime cannot be handed to another thread.
  return { name, datatype, shape, data: buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer }
}
