// The protocol's routes: is the service alive, what are its models, and the answer of one to some rows.
// Source: Open Inference Protocol (KServe V2), "HTTP/REST".
// Methods that a route does not take are answered 405; everything else is the desk's.

import type { ServerResponse } from 'node:http'
import type { Context, Hono } from 'hono'
import type { ServiceLimits } from './contract.ts'
import { type Desk, headers, onlyMethods } from './desk.ts'
import { parseRequest } from './request.ts'
import { formatResponse } from './response.ts'
import type { Scheduler } from './scheduler.ts'
import type { Shelf, ShelvedModel } from './shelf.ts'
import type { Threads } from './threads.ts'

/** What the service lends. */
export interface ModelHouse {
  readonly desk: Desk
  readonly shelf: Shelf
  readonly scheduler: Scheduler
  readonly threads: Threads
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
  const state = (c: Context, well: boolean) => c.body(null, well ? 200 : 503, headers)
  const ready = () => !desk.draining() && threads.alive()
  get('/v2/health/live', (c) => state(c, threads.alive()))
  get('/v2/health/ready', (c) => state(c, ready()))
  for (const path of ['/v2/models/:model', '/v2/models/:model/versions/:version']) {
    get(path, (c) => {
      const { name, inputs, outputs } = named(shelf, c).signature
      const versions = shelf.versions(name)
      return c.json({ name, versions, platform: 'onnxruntime_onnx', inputs, outputs }, 200, headers)
    })
    get(`${path}/ready`, (c) => state(c, named(shelf, c) !== undefined && ready()))
    app.post(`${path}/infer`, (c) => infer(c, house)).all(`${path}/infer`, onlyMethods(desk, 'POST'))
  }
}

/** The model that the URL names. @throws Refusal 404 */
function named(shelf: Shelf, c: Context): ShelvedModel {
  const { model = '', version } = c.req.param() as {
    model?: string | undefined
    version?: string | undefined
  }
  return shelf.find(model, version)
}

function infer(c: Context, { desk, shelf, scheduler, limits }: ModelHouse): Promise<Response> {
  return desk.answer(c, async (turn) => {
    const model = named(shelf, c)
    const { key, signature } = model
    turn.label = signature.name
    const body = await turn.body(limits)
    const request = parseRequest(body, c.req.header('inference-header-content-length'), signature)
    const outgoing = (c.env as { outgoing?: ServerResponse | undefined } | undefined)?.outgoing
    const tensors = await shelf.using(model, () =>
      scheduler.submit({
        key,
        inputs: request.inputs,
        outputs: request.outputs.map((output) => output.name),
        rows: signature.batched ? sharedRows(request.inputs) : undefined,
        gone: () => outgoing?.destroyed ?? false,
      }),
    )
    const response = formatResponse(signature, request, tensors)
    turn.sent = response.bytes
    return c.body(response.body, 200, { ...headers, ...response.headers })
  })
}

/** Rows that all inputs have alike; undefined when they differ. */
function sharedRows(inputs: readonly { readonly shape: readonly number[] }[]): number | undefined {
  const rows = inputs[0]?.shape[0]
  return inputs.every(({ shape }) => shape[0] === rows) ? rows : undefined
}
