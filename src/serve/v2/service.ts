// The service without a port: models, limits, and the routes of the protocol as a hono app.
// Source: Open Inference Protocol (KServe V2), "HTTP/REST"; statuses as in RFC 9110 and Triton.
// Without a token everybody is answered who reaches it: access.ts. TLS is the port's matter: start.ts.

import { Hono } from 'hono'
import { cors } from 'hono/cors'
import { printable } from '../../errors.ts'
import { version } from '../../version.ts'
import { encryptedPaths } from '../encrypted/openApi.ts'
import type { encryptedThreads } from '../encrypted/threads.ts'
import { nodeHeaders } from '../fleet/contract.ts'
import { fleetPaths } from '../fleet/openApi.ts'
import { hostCheck, tokenCheck } from './access.ts'
import { createClerk } from './clerk.ts'
import { packAnswers } from './compression.ts'
import { limitsOf, type Service, type ServiceOptions } from './contract.ts'
import { createDesk, type Desk, headers } from './desk.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { type Get, getsOf, mountModels } from './modelRoutes.ts'
import { openApiDocument } from './openApi.ts'
import { Refusal } from './refusal.ts'
import { mountRepository } from './repositoryRoutes.ts'
import { startScheduler } from './scheduler.ts'
import { createShelf } from './shelf.ts'
import { createStatistics } from './statistics.ts'
import { startThreads, type Threads } from './threads.ts'

/** The OpenAPI document of any service. @param offered what it has besides models: encrypted inference, a fleet */
export const describeService = ({ encrypted = false, fleet = false } = {}): object =>
  openApiDocument(version, [...(encrypted ? encryptedPaths : []), ...(fleet ? fleetPaths : [])])

/**
 * Opens models behind the protocol.
 * @throws FrostglassError as {@link Service.addModel}; RangeError for a limit out of range
 * @example
 * const service = await createService({ models: [{ name: 'digits', bytes }] })
 * const answer = await service.app.request('/v2/models/digits')
 */
export async function createService(options: ServiceOptions = {}): Promise<Service> {
  const { concurrency, threads } = limitsOf(options.limits)
  return serviceOn(await startThreads(concurrency, threads, options.onFault), options)
}

/**
 * The same before threads that are there, which end with it.
 * @param answerers starts those that answer encrypted questions
 * @throws FrostglassError, RangeError as {@link createService}
 */
export async function serviceOn(
  threads: Threads,
  options: ServiceOptions,
  answerers?: typeof encryptedThreads,
): Promise<Service> {
  const limits = limitsOf(options.limits)
  const shelf = createShelf(threads, limits.batch)
  const metrics = createMetrics(
    () => scheduler.waiting(),
    () => desk.inFlight(),
  )
  const statistics = createStatistics()
  const desk = createDesk(limits, metrics, options.onFault)
  const scheduler = startScheduler(threads, {
    batch: limits.batch,
    onRun(key, rows, milliseconds) {
      metrics.run(shelf.nameOf(key) ?? 'none', rows, milliseconds / 1000)
      statistics.run(key, rows, milliseconds)
    },
  })
  const app = createApp(desk, options)
  mountAbout(getsOf(app, desk), metrics, {
    encrypted: options.encrypted !== undefined,
    fleet: options.fleet !== undefined,
  })
  const clerk = createClerk(limits.maxBody)
  const house = { desk, shelf, scheduler, threads, statistics, clerk, limits }
  mountRepository(app, house)
  mountModels(app, house)
  const { onFault } = options
  // What it needs of the library is loaded for those who serve it.
  const encrypted =
    options.encrypted &&
    (await import('../encrypted/routes.ts')).mountEncrypted(
      { app, desk, metrics, onFault },
      options.encrypted,
      answerers,
    )
  let endFleet: (() => void) | undefined

  const service: Service = {
    app,
    addModel: shelf.add,
    removeModel: shelf.remove,
    models: shelf.signatures,
    inFlight: desk.inFlight,
    retire: desk.retire,
    drain: desk.drain,
    async close() {
      desk.drain()
      scheduler.close()
      endFleet?.()
      await Promise.all([threads.end(), clerk.end(), encrypted?.end()])
    },
  }
  try {
    if (options.fleet)
      endFleet = (await import('../fleet/routes.ts')).mountFleet({ app, desk, limits }, options.fleet)
    for (const model of options.models ?? []) await service.addModel(model)
    await options.extra?.(app, service)
  } catch (error) {
    await service.close()
    throw error
  }
  return service
}

/** An app without routes: faults in words, a line about each request, and which pages may read answers. */
export function createApp(desk: Desk, options: ServiceOptions): Hono {
  const { onAccess, allowOrigin, allowHost, token, openTo } = options
  const app = new Hono()
  app.onError((error, c) => desk.refuse(c, error))
  app.notFound((c) => desk.refuse(c, new Refusal(404, `there is nothing at ${c.req.path}`)))
  if (onAccess) {
    app.use('*', async (c, next) => {
      const start = performance.now()
      await next()
      const path = printable(c.req.path.replace(/(\/encrypted\/keys\/).*/, '$1…'))
      onAccess(`${c.req.method} ${path} ${c.res.status} ${(performance.now() - start).toFixed(1)} ms`)
    })
  }
  app.use('*', hostCheck(allowHost))
  if (allowOrigin && allowOrigin.length > 0) {
    const origin = allowOrigin.includes('*') ? '*' : [...allowOrigin]
    const allowHeaders = [
      'authorization',
      'content-type',
      'content-encoding',
      'inference-header-content-length',
      'frostglass-keys',
    ]
    const exposeHeaders = ['inference-header-content-length', 'retry-after']
    app.use('/v2/*', cors({ origin, allowHeaders, exposeHeaders, maxAge: 600 }))
    if (options.fleet) {
      const allowHeaders = ['authorization', 'content-type', ...nodeHeaders]
      app.use('/v1/fleet/*', cors({ origin, allowHeaders, allowMethods: ['POST'], maxAge: 600 }))
    }
  }
  if (token !== undefined) app.use('*', tokenCheck(token, openTo))
  app.use('*', packAnswers())
  return app
}

/** The routes that say what the service is and what it has counted. */
function mountAbout(get: Get, metrics: Metrics, offered: { encrypted: boolean; fleet: boolean }): void {
  const extensions = [
    'binary_tensor_data',
    'model_repository_index',
    'statistics',
    ...(offered.encrypted ? ['frostglass_encrypted'] : []),
    ...(offered.fleet ? ['frostglass_fleet'] : []),
  ]
  get('/v2', (c) => c.json({ name: 'frostglass', version, extensions }, 200, headers))
  get('/metrics', async (c) =>
    c.body(await metrics.text(), 200, { ...headers, 'content-type': metrics.contentType }),
  )
  let document: object | undefined
  get('/openapi.json', (c) => {
    document ??= describeService(offered)
    return c.json(document, 200, headers)
  })
}
