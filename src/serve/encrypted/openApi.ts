// The paths of encrypted inference in the OpenAPI document.
// Source: OpenAPI 3.1; routes.ts. Parcels are described in docs/reference/files.md: to a client they are bytes.

import { z } from '@hono/zod-openapi'
import { bare, binary, json, type Path, refused } from '../v2/openApi.ts'

const card = z
  .looseObject({
    format: z.literal('frostglass encrypted model 3'),
    shape: z.looseObject({
      input: z.array(z.int().min(1)).openapi({ description: 'Channels, height, width.' }),
      layers: z.array(z.looseObject({ kind: z.enum(['conv', 'dense', 'square']) })),
    }),
    classes: z.array(z.string()).nullable(),
    latency: z.looseObject({ precision: z.number(), range: z.number() }).nullable(),
    throughput: z.looseObject({ moduli: z.int().min(1) }).nullable(),
  })
  .openapi('EncryptedCard')

const list = z
  .object({
    models: z.array(z.object({ name: z.string() })),
    images: z.int().openapi({ description: 'Of one question, one at a time, at most.' }),
  })
  .openapi('EncryptedModels')

const fingerprint = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .openapi({ description: 'SHA-256 of the keys, a parcel, in lower case.' })
const parcel = (description: string) => ({ description, content: binary })
const model = z.object({ model: z.string() })
const keys = z.object({ fingerprint })
const body = { required: true, content: binary }
const bodies = {
  408: refused('The body did not arrive in time'),
  413: refused('The body is larger than the plans of the models allow'),
  415: refused('The body is compressed, or of another type'),
  503: refused('Too much in hand, or shutting down; Retry-After says when to try again'),
}
const unknownKeys = refused('No such keys (any more): send them')

export const encryptedPaths: readonly Path[] = [
  {
    method: 'get',
    path: '/v2/encrypted/models',
    summary: 'Which models are answered on ciphertexts',
    responses: { 200: json('Their names', list) },
  },
  {
    method: 'get',
    path: '/v2/encrypted/models/{model}',
    summary: 'The card from which a client plans keys and questions',
    request: { params: model },
    responses: { 200: json('Shapes and choices, no weight', card), 404: refused('No such model') },
  },
  {
    method: 'get',
    path: '/v2/encrypted/keys/{fingerprint}',
    summary: 'Whether keys are here; HEAD does as well',
    request: { params: keys },
    responses: {
      200: json('Yes', z.object({ bytes: z.int() }).openapi('EncryptedKeys')),
      404: unknownKeys,
    },
  },
  {
    method: 'put',
    path: '/v2/encrypted/keys/{fingerprint}',
    summary: 'Send public keys, once',
    request: { params: keys, body },
    responses: {
      200: bare('They were here'),
      201: bare('They are kept'),
      400: refused('Of another hash, or keys of no model here'),
      ...bodies,
    },
  },
  {
    method: 'delete',
    path: '/v2/encrypted/keys/{fingerprint}',
    summary: 'Forget keys',
    request: { params: keys },
    responses: { 204: bare('Forgotten'), 404: unknownKeys },
  },
  {
    method: 'post',
    path: '/v2/encrypted/models/{model}/infer',
    summary: 'Ask with ciphertexts',
    request: { params: model, headers: z.object({ 'Frostglass-Keys': fingerprint }), body },
    responses: {
      200: parcel('The answer, a parcel, for the holder of the secret alone'),
      400: refused('What does not fit: the question, or keys of another model or holder'),
      404: refused('No such model, or no such keys (any more)'),
      ...bodies,
      429: refused('This key, or all together, have been answered as many images of the model as they may'),
      500: refused('A fault of the service'),
      504: refused('No answer in time'),
    },
  },
]
