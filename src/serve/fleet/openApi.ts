// The paths of a fleet in the OpenAPI document.
// Source: OpenAPI 3.1; routes.ts. What the messages say is Flower's (fleet/flower/flower.proto): here they are bytes.

import { z } from '@hono/zod-openapi'
import { fleetCallNames } from '../../fleet/flower/fleetCalls.ts'
import { bare, type Path, refused } from '../v2/openApi.ts'
import { nodeHeaders } from './contract.ts'

const message = { 'application/protobuf': { schema: z.string().openapi({ format: 'binary' }) } }

export const fleetPaths: readonly Path[] = fleetCallNames.map((name) => ({
  method: 'post',
  path: `/v1/fleet/${name}`,
  summary: `A node's call '${name}', handed on to the Flower server`,
  request: {
    headers: z.object(Object.fromEntries(nodeHeaders.map((header) => [header, z.string()]))),
    body: { required: true, content: message },
  },
  responses: {
    200: { description: 'The server’s answer', content: message },
    default: bare('The server’s refusal: its status and its words, as they are'),
    408: refused('The body did not arrive in time'),
    413: refused('The body is too large'),
    415: refused('The body is not application/protobuf'),
    429: refused('A client’s share is in hand'),
    502: refused('The server does not answer, sends elsewhere, or answers with too much'),
    503: refused('Too much in hand, or shutting down; Retry-After says when to try again'),
    504: refused('The server does not answer in time'),
  },
}))
