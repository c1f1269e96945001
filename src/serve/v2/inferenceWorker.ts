// A thread that holds sessions of ONNX Runtime and runs them: on Node a run blocks the thread that asks for it.
// Source: onnxruntime-node; requests of one model come together as the parts of one run, joined along the batch.
// It trusts what the service has checked: names, types and shapes of the parts.

import { parentPort } from 'node:worker_threads'
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { loadRuntime, sessionOptions } from '../../graph/native/program.ts'
import { type Datatype, datatypeOf, datatypes, elementsOf, type WireTensor } from './datatypes.ts'

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
  /** Inputs of each request. */
  readonly parts: WireTensor[][]
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

/** Of each part its outputs, or why there are none; and the milliseconds in the runtime. */
export interface Ran {
  /** Whether one run answered all parts. */
  readonly joined: boolean
  readonly parts: (WireTensor[] | { readonly failure: string })[]
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
  const session = await ort.InferenceSession.create(bytes, sessionOptions({ threads }, false))
  sessions.set(key, session)
  return { inputs: session.inputMetadata.map(endOf), outputs: session.outputMetadata.map(endOf) }
}

function endOf(end: InferenceSession.ValueMetadata): RuntimeEnd {
  if (!end.isTensor) return { name: end.name, datatype: null, type: 'no tensor', shape: [] }
  return { name: end.name, datatype: datatypeOf(end.type) ?? null, type: end.type, shape: end.shape }
}

async function run({ key, parts, outputs }: RunOrder): Promise<Ran> {
  const session = sessions.get(key)
  if (!session) throw new Error('the model was removed')
  const start = performance.now()
  const done = (results: Ran['parts'], joined: boolean): Ran => ({
    joined,
    parts: results,
    milliseconds: performance.now() - start,
  })
  if (parts.length > 1) {
    try {
      return done(await runTogether(session, parts, outputs), true)
    } catch {
      // One of them may be at fault: each alone gets its own answer.
    }
  }
  const results: Ran['parts'][number][] = []
  for (const part of parts) {
    try {
      results.push((await runTogether(session, [part], outputs))[0]!)
    } catch (error) {
      results.push({ failure: (error as Error).message })
    }
  }
  return done(results, parts.length === 1)
}

async function runTogether(
  session: InferenceSession,
  parts: readonly WireTensor[][],
  outputs: readonly string[],
): Promise<WireTensor[][]> {
  const feeds: Record<string, OrtTensor> = {}
  const first = parts[0]!
  first.forEach(({ name }, i) => {
    feeds[name] = wrap(parts.length === 1 ? first[i]! : join(parts.map((part) => part[i]!)))
  })
  const results = await session.run(feeds, outputs)
  const rows = parts.map((part) => part[0]?.shape[0] ?? 1)
  const answers: WireTensor[][] = parts.map(() => [])
  for (const name of outputs) {
    const whole = unwrap(name, results[name] as OrtTensor)
    split(whole, parts.length === 1 ? undefined : rows).forEach((part, i) => {
      answers[i]!.push(part)
    })
  }
  return answers
}

/** Tensors one below the other. */
function join(parts: readonly WireTensor[]): WireTensor {
  const { name, datatype, shape } = parts[0]!
  const joined = { name, datatype, shape: [parts.reduce((n, p) => n + p.shape[0]!, 0), ...shape.slice(1)] }
  if (datatype === 'BYTES') return { ...joined, data: parts.flatMap(({ data }) => data as string[]) }
  const bytes = new Uint8Array(elementsOf(joined.shape) * datatypes[datatype].size)
  let at = 0
  for (const { data } of parts) {
    bytes.set(new Uint8Array(data as ArrayBuffer), at)
    at += (data as ArrayBuffer).byteLength
  }
  return { ...joined, data: bytes.buffer }
}

/** A tensor cut into blocks of rows; whole without `rows`. @throws Error when it has another number of rows. */
function split(whole: WireTensor, rows: readonly number[] | undefined): WireTensor[] {
  if (!rows) return [whole]
  const total = rows.reduce((a, b) => a + b, 0)
  if (whole.shape[0] !== total) throw new Error(`output '${whole.name}' does not have a row a row`)
  const size = whole.data instanceof ArrayBuffer ? whole.data.byteLength : whole.data.length
  let at = 0
  return rows.map((count) => {
    const end = at + (count * size) / total
    const part = { ...whole, shape: [count, ...whole.shape.slice(1)], data: whole.data.slice(at, end) }
    at = end
    return part
  })
}

const arrays = {
  BOOL: Uint8Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  UINT64: BigUint64Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  FP16: Uint16Array,
  FP32: Float32Array,
  FP64: Float64Array,
} as const

function wrap({ datatype, shape, data }: WireTensor): OrtTensor {
  if (datatype === 'BYTES') return new ort.Tensor('string', data as string[], shape)
  const elements = new arrays[datatype](data as ArrayBuffer)
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

function buffersOf({ parts }: Ran): ArrayBuffer[] {
  return parts.flatMap((part) =>
    'failure' in part ? [] : part.flatMap(({ data }) => (data instanceof ArrayBuffer ? [data] : [])),
  )
}
