// The service's OpenAPI document: the paths of the protocol and of its extensions, and two of our own.
// Source: OpenAPI 3.1; Open Inference Protocol (KServe V2), "HTTP/REST".
// It describes; the routes themselves are in routes.ts, since a body with binary data is no JSON that a schema checks.

import { OpenAPIHono, z } from '@hono/zod-openapi'
import {
  failure,
  inferenceRequest,
  inferenceResponse,
  live,
  modelList,
  modelMetadata,
  modelReady,
  modelStatistics,
  ready,
  repositoryIndex,
  repositoryRequest,
  serverMetadata,
} from './schemas.ts'

type Registry = OpenAPIHono['openAPIRegistry']
export type Path = Parameters<Registry['registerPath']>[0]

export const json = <S extends z.ZodType>(description: string, schema: S) => ({
  description,
  content: { 'application/json': { schema } },
})
export const bare = (description: string) => ({ description })
export const refused = (description: string) => json(description, failure)

export const binary = { 'application/octet-stream': { schema: z.string().openapi({ format: 'binary' }) } }
const headerLength = z.string().regex(/^\d+$/).optional().openapi({
  description:
    'Bytes of the JSON at the start of the body, when binary data follows. 0: the body is the one input of one row; of BYTES, one element without its length.',
})

const ofServer: Path[] = [
  {
    method: 'get',
    path: '/v2/health/live',
    summary: 'Whether the process answers',
    responses: {
      200: json('Yes', live),
      503: json('A thread of the models has died: start the service again', live),
    },
  },
  {
    method: 'get',
    path: '/v2/health/ready',
    summary: 'Whether all models answer',
    responses: { 200: json('Yes', ready), 503: json('No: shutting down, or a thread has died', ready) },
  },
  {
    method: 'get',
    path: '/v2',
    summary: 'What this server is',
    responses: { 200: json('Its name, version and extensions', serverMetadata) },
  },
  {
    method: 'get',
    path: '/v2/models',
    summary: 'Names of the models',
    responses: { 200: json('Each once, whatever its versions', modelList) },
  },
  {
    method: 'get',
    path: '/v2/models/stats',
    summary: 'What all models have answered',
    responses: { 200: json('Counts and nanoseconds since the service started', modelStatistics) },
  },
  {
    method: 'post',
    path: '/v2/repository/index',
    summary: 'The models and whether each answers',
    request: { body: { required: false, content: { 'application/json': { schema: repositoryRequest } } } },
    responses: {
      200: json('One entry a version', repositoryIndex),
      400: refused('A body that asks for something else'),
      408: refused('The body did not arrive in time'),
      413: refused('The body is too large'),
    },
  },
  {
    method: 'get',
    path: '/metrics',
    summary: 'Counters for Prometheus',
    responses: {
      200: { description: 'Text format 0.0.4', content: { 'text/plain': { schema: z.string() } } },
    },
  },
]

function ofModel(path: string, params: z.ZodObject): Path[] {
  const unknown = refused('No such model or version')
  return [
    {
      method: 'get',
      path,
      summary: 'What the model takes and gives',
      request: { params },
      responses: { 200: json('Inputs and outputs', modelMetadata), 404: unknown },
    },
    {
      method: 'get',
      path: `${path}/ready`,
      summary: 'Whether the model answers',
      request: { params },
      responses: { 200: json('Yes', modelReady), 404: unknown, 503: json('No', modelReady) },
    },
    {
      method: 'get',
      path: `${path}/stats`,
      summary: 'What the model has answered',
      request: { params },
      responses: {
        200: json('Counts and nanoseconds since the service started', modelStatistics),
        404: unknown,
      },
    },
    {
      method: 'post',
      path: `${path}/infer`,
      summary: 'Ask the model',
      request: {
        params,
        headers: z.object({ 'Inference-Header-Content-Length': headerLength }),
        body: {
          required: true,
          content: { 'application/json': { schema: inferenceRequest }, ...binary },
        },
      },
      responses: {
        200: {
          description: 'The answer; outputs asked for as binary stand behind the JSON',
          content: { 'application/json': { schema: inferenceResponse }, ...binary },
        },
        400: refused('What does not fit: what was expected and what came'),
        404: unknown,
        408: refused('The body did not arrive in time'),
        413: refused('The body is too large'),
        401: refused('A token is needed, and another came or none'),
        415: refused('The body is compressed in a way that is not read'),
        500: refused('The model failed on this input'),
        421: refused('The Host is none of the service’s'),
        503: refused('Too much in hand, or shutting down; Retry-After says when to try again'),
        504: refused('No answer in time'),
      },
    },
  ]
}

/** The document. @param version of the package @param more paths besides the protocol's */
export function openApiDocument(version: string, more: readonly Path[] = []): object {
  const app = new OpenAPIHono()
  const name = z.object({ model: z.string() })
  const paths = [
    ...ofServer,
    ...ofModel('/v2/models/{model}', name),
    ...ofModel('/v2/models/{model}/versions/{version}', name.extend({ version: z.string() })),
    ...more,
  ]
  for (const path of paths) app.openAPIRegistry.registerPath(path)
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Frostglass: Open Inference Protocol',
      version,
      description: 'Models in ONNX over the Open Inference Protocol (KServe V2) with binary tensor data.',
      license: { name: 'Apache-2.0' },
    },
  })
}
