// Which models there are, and what each has answered: lists and counts for those who watch a server.
// Source: Triton's "Model Repository" and "Statistics" extensions; `GET /v2/models` as KServe's own server has it.
// Nothing is loaded or unloaded over HTTP: models are given when the service starts.

import type { Context, Hono } from 'hono'
import { readBody } from './body.ts'
import { headers, onlyMethods } from './desk.ts'
import { nothingHeld } from './held.ts'
import { getsOf, type ModelHouse, named } from './modelRoutes.ts'
import { Refusal } from './refusal.ts'
import { repositoryRequest } from './schemas.ts'

/** Mounts them. They stand before the routes of models, since `stats` could name one. */
export function mountRepository(app: Hono, { desk, shelf, statistics, threads, limits }: ModelHouse): void {
  const get = getsOf(app, desk)
  const postOnly = onlyMethods(desk, 'POST')
  const told = (models: ReturnType<typeof shelf.all>) => ({
    model_stats: models.map(({ key, signature }) => statistics.of(key, signature)),
  })
  get('/v2/models', (c) => {
    const models = [...new Set(shelf.signatures().map(({ name }) => name))]
    return c.json({ models }, 200, headers)
  })
  // Not through `get`: where a model has this name, the routes of models answer, 405 too.
  app.get('/v2/models/stats', (c, next) =>
    shelf.versions('stats').length > 0 ? next() : c.json(told(shelf.all()), 200, headers),
  )
  for (const path of ['/v2/models/:model/stats', '/v2/models/:model/versions/:version/stats']) {
    get(path, (c) => {
      const model = named(shelf, c)
      const versions = shelf.all().filter(({ signature }) => signature.name === model.signature.name)
      return c.json(told(c.req.param('version') === undefined ? versions : [model]), 200, headers)
    })
  }
  app
    .post('/v2/repository/index', async (c) => {
      const { ready } = await readIndexRequest(c, limits)
      const well = !desk.draining() && threads.alive()
      const state = well
        ? { state: 'READY', reason: '' }
        : { state: 'UNAVAILABLE', reason: 'the service is shutting down, or a thread of the models has died' }
      const models = shelf.signatures().map(({ name, version }) => ({ name, version, ...state }))
      return c.json(ready && !well ? [] : models, 200, headers)
    })
    .all('/v2/repository/index', postOnly)
  app
    .post('/v2/repository/models/:model/:action{load|unload}', (c) =>
      desk.refuse(c, new Refusal(501, 'models are given when the service starts, not loaded over HTTP')),
    )
    .all('/v2/repository/models/:model/:action{load|unload}', postOnly)
}

// Small, and of its own account: who asks for it is not kept out by those who ask models.
async function readIndexRequest(c: Context, { timeout }: ModelHouse['limits']) {
  const limits = { maxBody: 4096, maxHeld: 4096, timeout, perClient: 1 }
  const { bytes } = await readBody(c, limits, nothingHeld())
  let value: unknown = {}
  try {
    if (bytes.length > 0) value = JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    throw new Refusal(400, 'the body is not JSON')
  }
  const checked = repositoryRequest.safeParse(value)
  if (checked.success) return checked.data
  throw new Refusal(400, 'the body may say "ready": true or false, and no more')
}
