// The protocol's routes: is the service alive, what are its models, and the answer of one to some rows.
// Source: Open Inference Protocol (KServe V2), "HTTP/REST".
// Methods that a route does not take are answered 405; everything else is the desk's.

import type { ServerResponse } from 'node:http'
import type { Context, Hono } from 'hono'
import type { Clerk } from './clerk.ts'
import type { ServiceLimits, TensorSignature } from './contract.ts'
import type { WireTensor } from './datatypes.ts'
import { type Desk, headers, onlyMethods, type Turn } from './desk.ts'
import type { InferenceRequest } from './request.ts'
import type { Scheduler } from './scheduler.ts'
import type { Shelf, ShelvedModel } from './shelf.ts'
import type { Statistics } from './statistics.ts'
import type { Threads } from './threads.ts'

/** What the service lends. */
export interface ModelHouse {
  readonly desk: Desk
  readonly shelf: Shelf
  readonly scheduler: Scheduler
  readonly threads: Threads
  readonly statistics: Statistics
  readonly clerk: Clerk
  readonly limits: ServiceLimits
}

/** Puts `answer` at a path that takes nothing but GET. */
export type Get = (path: string, answer: (c: Context) => Response | Promise<Response>) => unknown

/** How a service mounts what it tells whoever asks. */
export const getsOf =
  (app: Hono, desk: Desk): Get =>
  (path, answer) =>
    app.get(path, answer).all(path, onlyMethods(desk, 'GET'))

/** Mounts them. */
export function mountModels(app: Hono, house: ModelHouse): void {
  const { desk, shelf, threads } = house
  const get = getsOf(app, desk)
  const state = (c: Context, about: object, well: boolean) => c.json(about, well ? 200 : 503, headers)
  const ready = () => !desk.draining() && threads.alive()
  get('/v2/health/live', (c) => state(c, { live: threads.alive() }, threads.alive()))
  get('/v2/health/ready', (c) => state(c, { ready: ready() }, ready()))
  for (const path of ['/v2/models/:model', '/v2/models/:model/versions/:version']) {
    get(path, (c) => {
      const { name, inputs, outputs } = named(shelf, c).signature
      const about = { name, versions: shelf.versions(name), platform: 'onnxruntime_onnx' }
      return c.json({ ...about, inputs: inputs.map(told), outputs: outputs.map(told) }, 200, headers)
    })
    get(`${path}/ready`, (c) => {
      const { name } = named(shelf, c).signature
      return state(c, { name, ready: ready() }, ready())
    })
    app.post(`${path}/infer`, (c) => infer(c, house)).all(`${path}/infer`, onlyMethods(desk, 'POST'))
  }
}

/** One end as the protocol tells it; names are a parameter, which the protocol leaves to servers. */
const told = ({ name, datatype, shape, names }: TensorSignature) => ({
  name,
  datatype,
  shape,
  ...(names ? { parameters: { names } } : {}),
})

/** The model that the URL names. @throws Refusal 404 */
export function named(shelf: Shelf, c: Context): ShelvedModel {
  const { model = '', version } = c.req.param() as {
    model?: string | undefined
    version?: string | undefined
  }
  return shelf.find(model, version)
}

function infer(c: Context, house: ModelHouse): Promise<Response> {
  const { desk, shelf, clerk, limits } = house
  return desk.answer(c, async (turn) => {
    const start = performance.now()
    const model = named(shelf, c)
    const { signature } = model
    turn.label = signature.name
    // Replaced or removed meanwhile, it answers those who have asked.
    const [request, tensors] = await shelf.using(model, async () => {
      const body = await turn.body(limits)
      const headerLength = c.req.header('inference-header-content-length')
      const read = await clerk.read(body, headerLength, signature, turn.deadline, turn.client)
      const work = () => run(c, house, model, read, turn)
      return [read, await counted(house.statistics, model, read, start, work)] as const
    })
    const response = await clerk.write(signature, request, tensors, turn.deadline, turn.client)
    turn.sent = response.bytes
    return c.body(response.body, 200, { ...headers, ...response.headers })
  })
}

function run(
  c: Context,
  { scheduler }: ModelHouse,
  model: ShelvedModel,
  { inputs, outputs }: InferenceRequest,
  { client, deadline }: Turn,
): Promise<WireTensor[]> {
  const outgoing = (c.env as { outgoing?: ServerResponse | undefined } | undefined)?.outgoing
  const rows = model.signature.batched ? sharedRows(inputs) : undefined
  const work = {
    key: model.key,
    inputs,
    outputs: outputs.map((output) => output.name),
    client,
    // None to join: what has no rows runs alone.
    rows: rows === 0 ? undefined : rows,
    gone: () => outgoing?.destroyed ?? false,
  }
  return scheduler.submit(work, deadline)
}

/** Does `work`, and counts it. */
async function counted<T>(
  statistics: Statistics,
  { key, signature }: ShelvedModel,
  { inputs }: InferenceRequest,
  start: number,
  work: () => Promise<T>,
): Promise<T> {
  const isBatch = signature.inputs.every(({ shape }) => shape[0] === -1)
  const rows = (isBatch ? sharedRows(inputs) : undefined) ?? 1
  try {
    const result = await work()
    statistics.answered(key, rows, performance.now() - start, true)
    return result
  } catch (error) {
    statistics.answered(key, rows, performance.now() - start, false)
    throw error
  }
}

/** Rows that all inputs have alike; undefined when they differ. */
function sharedRows(inputs: readonly { readonly shape: readonly number[] }[]): number | undefined {
  const rows = inputs[0]?.shape[0]
  return inputs.every(({ shape }) => shape[0] === rows) ? rows : undefined
}
