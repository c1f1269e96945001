// The service without a port: models, limits, and the routes of the protocol as a hono app.
// Source: Open Inference Protocol (KServe V2), "HTTP/REST"; statuses as in RFC 9110 and Triton.
// No authentication and no encryption: put it behind a proxy that has both, or keep it on the loopback interface.

import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { type Context, Hono } from 'hono'
import { cors } from 'hono/cors'
import { encryptedPaths } from '../encrypted/openApi.ts'
import { limitsOf, type ModelSignature, type Service, type ServiceOptions } from './contract.ts'
import { createDesk, headers } from './desk.ts'
import { createMetrics } from './metrics.ts'
import { openApiDocument } from './openApi.ts'
import { openModel } from './openModel.ts'
import { Refusal } from './refusal.ts'
import { parseRequest } from './request.ts'
import { formatResponse } from './response.ts'
import { startScheduler } from './scheduler.ts'
import { startThreads } from './threads.ts'

interface OpenModel {
  readonly key: number
  readonly signature: ModelSignature
  /** Requests that are with it. */
  users: number
  /** Whether it was removed or replaced: the last of its users closes it. */
  forgotten: boolean
}

/** Version of the package, told at /v2. */
const packageVersion = (
  JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }
).version

/** The OpenAPI document of any service. @param encrypted with the routes of encrypted inference */
export const describeService = ({ encrypted = false } = {}): object =>
  openApiDocument(packageVersion, encrypted ? encryptedPaths : [])

/**
 * Opens models behind the protocol.
 * @throws FrostglassError as {@link Service.addModel}; RangeError for a limit out of range
 * @example
 * const service = await createService({ models: [{ name: 'digits', bytes }] })
 * const answer = await service.app.request('/v2/models/digits')
 */
export async function createService(options: ServiceOptions = {}): Promise<Service> {
  const limits = limitsOf(options.limits)
  const threads = await startThreads(limits.concurrency, limits.threads, options.onFault)
  const models = new Map<string, Map<string, OpenModel>>()
  const names = new Map<number, string>()
  let nextKey = 0
  const metrics = createMetrics(
    () => scheduler.waiting(),
    () => desk.inFlight(),
  )
  const desk = createDesk(limits.concurrency + limits.queue, metrics, options.onFault)
  const scheduler = startScheduler(threads, {
    batch: limits.batch,
    timeout: limits.timeout,
    onRun: (key, rows, milliseconds) => metrics.run(names.get(key) ?? 'none', rows, milliseconds / 1000),
  })

  function find(c: Context): OpenModel {
    const { model = '', version } = c.req.param() as {
      model?: string | undefined
      version?: string | undefined
    }
    const versions = models.get(model)
    const found = version === undefined ? newest(versions) : versions?.get(version)
    if (found) return found
    throw new Refusal(404, `there is no model '${model}'${version ? ` of version '${version}'` : ''}`)
  }

  const infer = (c: Context): Promise<Response> =>
    desk.answer(c, async (turn) => {
      const model = find(c)
      const { key, signature } = model
      turn.label = signature.name
      const body = await turn.body(limits)
      const request = parseRequest(body, c.req.header('inference-header-content-length'), signature)
      const outgoing = (c.env as { outgoing?: ServerResponse | undefined } | undefined)?.outgoing
      model.users++
      const tensors = await scheduler
        .submit({
          key,
          inputs: request.inputs,
          outputs: request.outputs.map((output) => output.name),
          rows: signature.batched ? sharedRows(request.inputs) : undefined,
          gone: () => outgoing?.destroyed ?? false,
        })
        .finally(() => {
          model.users--
          closeIfForgotten(model)
        })
      const response = formatResponse(signature, request, tensors)
      turn.sent = response.bytes
      return c.body(response.body, 200, { ...headers, ...response.headers })
    })

  const app = new Hono()
  app.onError((error, c) => desk.refuse(c, error))
  app.notFound((c) => desk.refuse(c, new Refusal(404, `there is nothing at ${c.req.path}`)))
  const { onAccess } = options
  if (onAccess) {
    app.use('*', async (c, next) => {
      const start = performance.now()
      await next()
      onAccess(`${c.req.method} ${c.req.path} ${c.res.status} ${(performance.now() - start).toFixed(1)} ms`)
    })
  }
  if (options.allowOrigin && options.allowOrigin.length > 0) {
    const origin = options.allowOrigin.includes('*') ? '*' : [...options.allowOrigin]
    const allowHeaders = ['content-type', 'inference-header-content-length', 'frostglass-keys']
    const exposeHeaders = ['inference-header-content-length', 'retry-after']
    app.use('/v2/*', cors({ origin, allowHeaders, exposeHeaders, maxAge: 600 }))
  }
  const only = (method: string) => (c: Context) => {
    c.header('allow', method)
    return desk.refuse(c, new Refusal(405, `${c.req.path} takes ${method} only`))
  }
  const get = (path: string, answer: (c: Context) => Response | Promise<Response>) =>
    app.get(path, answer).all(path, only('GET'))
  const state = (c: Context, well: boolean) => c.body(null, well ? 200 : 503, headers)
  const ready = () => !desk.draining() && threads.alive()

  const extensions = ['binary_tensor_data', ...(options.encrypted ? ['frostglass_encrypted'] : [])]
  get('/v2', (c) => c.json({ name: 'frostglass', version: packageVersion, extensions }, 200, headers))
  get('/v2/health/live', (c) => state(c, threads.alive()))
  get('/v2/health/ready', (c) => state(c, ready()))
  for (const path of ['/v2/models/:model', '/v2/models/:model/versions/:version']) {
    get(path, (c) => {
      const { signature } = find(c)
      const { name, inputs, outputs } = signature
      const versions = [...models.get(name)!.keys()]
      return c.json({ name, versions, platform: 'onnxruntime_onnx', inputs, outputs }, 200, headers)
    })
    get(`${path}/ready`, (c) => state(c, find(c) !== undefined && ready()))
    app.post(`${path}/infer`, infer).all(`${path}/infer`, only('POST'))
  }
  get('/metrics', async (c) =>
    c.body(await metrics.text(), 200, { ...headers, 'content-type': metrics.contentType }),
  )
  let document: object | undefined
  get('/openapi.json', (c) => {
    document ??= describeService({ encrypted: encrypted !== undefined })
    return c.json(document, 200, headers)
  })

  const { onFault } = options
  // What it needs of the library is loaded for those who serve it.
  const encrypted =
    options.encrypted &&
    (await import('../encrypted/routes.ts')).mountEncrypted(
      { app, desk, metrics, onFault },
      options.encrypted,
    )

  const service: Service = {
    app,
    async addModel(model) {
      const key = nextKey++
      const signature = await openModel(threads, key, model, limits.batch > 1)
      const { name, version } = signature
      names.set(key, name)
      const versions = models.get(name) ?? new Map<string, OpenModel>()
      const before = versions.get(version)
      versions.set(version, { key, signature, users: 0, forgotten: false })
      models.set(name, versions)
      if (before) forget(before)
      return signature
    },
    removeModel(name) {
      const versions = models.get(name)
      models.delete(name)
      for (const model of versions?.values() ?? []) forget(model)
      return versions !== undefined
    },
    models: () => [...models.values()].flatMap((versions) => [...versions.values()].map((m) => m.signature)),
    inFlight: desk.inFlight,
    drain: desk.drain,
    async close() {
      desk.drain()
      scheduler.close()
      await Promise.all([threads.end(), encrypted?.end()])
    },
  }

  function forget(model: OpenModel): void {
    model.forgotten = true
    closeIfForgotten(model)
  }

  function closeIfForgotten({ key, users, forgotten }: OpenModel): void {
    if (!forgotten || users > 0) return
    threads.close(key).catch(() => {})
    names.delete(key)
  }

  try {
    for (const model of options.models ?? []) await service.addModel(model)
    await options.extra?.(app, service)
  } catch (error) {
    await service.close()
    throw error
  }
  return service
}

/** The latest version: by number where all are numbers, else the last that came. */
function newest(versions: ReadonlyMap<string, OpenModel> | undefined): OpenModel | undefined {
  if (!versions) return undefined
  const all = [...versions.entries()]
  if (all.every(([version]) => /^\d+$/.test(version))) all.sort(([a], [b]) => Number(a) - Number(b))
  return all.at(-1)?.[1]
}

/** Rows that all inputs have alike; undefined when they differ. */
function sharedRows(inputs: readonly { readonly shape: readonly number[] }[]): number | undefined {
  const rows = inputs[0]?.shape[0]
  return inputs.every(({ shape }) => shape[0] === rows) ? rows : undefined
}
