// The protocol's JSON objects as schemas: requests are checked against them, and the OpenAPI document is made of them.
// Source: Open Inference Protocol (KServe V2), "HTTP/REST"; `z.looseObject` where the protocol lets others add fields.
// `data` is checked element by element elsewhere, once its shape is known. What may be left out may be null: clients do so.

import { z } from '@hono/zod-openapi'
import { type Datatype, datatypes } from './datatypes.ts'

const datatype = z.enum(Object.keys(datatypes) as [Datatype, ...Datatype[]])
const parameters = z.looseObject({})
const shape = z.array(z.int().min(0)).max(32)
const size = z.int().min(0)

export const requestInput = z
  .looseObject({
    name: z.string(),
    shape,
    datatype,
    parameters: z.looseObject({ binary_data_size: size.optional() }).nullish(),
    data: z.array(z.unknown()).nullish().openapi({ description: 'Row-major, flat or nested.' }),
  })
  .openapi('RequestInput')

export const requestOutput = z
  .looseObject({
    name: z.string(),
    parameters: z.looseObject({ binary_data: z.boolean().optional() }).nullish(),
  })
  .openapi('RequestOutput')

export const inferenceRequest = z
  .looseObject({
    id: z.string().nullish(),
    parameters: z.looseObject({ binary_data_output: z.boolean().optional() }).nullish(),
    inputs: z.array(requestInput).min(1),
    outputs: z.array(requestOutput).nullish(),
  })
  .openapi('InferenceRequest')

export const inferenceResponse = z
  .object({
    model_name: z.string(),
    model_version: z.string(),
    id: z.string().optional(),
    parameters: parameters.optional(),
    outputs: z.array(
      z.object({
        name: z.string(),
        shape,
        datatype,
        parameters: z.looseObject({ binary_data_size: size.optional() }).optional(),
        data: z.array(z.unknown()).optional(),
      }),
    ),
  })
  .openapi('InferenceResponse')

const tensorMetadata = z
  .object({
    name: z.string(),
    datatype,
    shape: z.array(z.int().min(-1)).openapi({ description: '−1 is free.' }),
    parameters: z
      .looseObject({ names: z.array(z.string()).optional() })
      .optional()
      .openapi({
        description:
          '`names`: of the elements of the last dimension, columns or classes, where they are known.',
      }),
  })
  .openapi('TensorMetadata')

export const modelMetadata = z
  .object({
    name: z.string(),
    versions: z.array(z.string()),
    platform: z.string(),
    inputs: z.array(tensorMetadata),
    outputs: z.array(tensorMetadata),
  })
  .openapi('ModelMetadata')

export const serverMetadata = z
  .object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) })
  .openapi('ServerMetadata')

export const live = z.object({ live: z.boolean() }).openapi('Live')
export const ready = z.object({ ready: z.boolean() }).openapi('Ready')
export const modelReady = z.object({ name: z.string(), ready: z.boolean() }).openapi('ModelReady')
export const modelList = z.object({ models: z.array(z.string()) }).openapi('ModelList')

export const repositoryRequest = z
  .strictObject({ ready: z.boolean().optional().openapi({ description: 'Those alone that answer.' }) })
  .openapi('RepositoryRequest')

export const repositoryIndex = z
  .array(
    z.object({
      name: z.string(),
      version: z.string(),
      state: z.enum(['READY', 'UNAVAILABLE']),
      reason: z.string(),
    }),
  )
  .openapi('RepositoryIndex')

const duration = z.object({ count: size, ns: size })
export const modelStatistics = z
  .object({
    model_stats: z.array(
      z.object({
        name: z.string(),
        version: z.string(),
        last_inference: size.openapi({ description: 'Milliseconds since the epoch; 0 for never.' }),
        inference_count: size.openapi({ description: 'Rows answered.' }),
        execution_count: size.openapi({
          description: 'Runs of the model, which may answer several requests.',
        }),
        inference_stats: z.object({
          success: duration.openapi({ description: 'Requests answered, from arrival to answer.' }),
          fail: duration.openapi({ description: 'Requests that fitted the model and were not answered.' }),
          compute_infer: duration.openapi({ description: 'Runs, inside the runtime.' }),
        }),
        batch_stats: z.array(z.object({ batch_size: size, compute_infer: duration })),
      }),
    ),
  })
  .openapi('ModelStatistics')

export const failure = z.object({ error: z.string() }).openapi('Error')

/** What a request to infer says, checked. */
export type RequestHeader = z.infer<typeof inferenceRequest>
