// The protocol's JSON objects as schemas: requests are checked against them, and the OpenAPI document is made of them.
// Source: Open Inference Protocol (KServe V2), "HTTP/REST"; `z.looseObject` where the protocol lets others add fields.
// `data` is checked element by element elsewhere, once its shape is known.

import { z } from '@hono/zod-openapi'
import { type Datatype, datatypes } from './datatypes.ts'

const datatype = z.enum(Object.keys(datatypes) as [Datatype, ...Datatype[]])
const parameters = z.looseObject({})
const shape = z.array(z.int().min(1)).max(32)
const size = z.int().min(0)

export const requestInput = z
  .looseObject({
    name: z.string(),
    shape,
    datatype,
    parameters: z.looseObject({ binary_data_size: size.optional() }).optional(),
    data: z.array(z.unknown()).optional().openapi({ description: 'Row-major, flat or nested.' }),
  })
  .openapi('RequestInput')

export const requestOutput = z
  .looseObject({
    name: z.string(),
    parameters: z.looseObject({ binary_data: z.boolean().optional() }).optional(),
  })
  .openapi('RequestOutput')

export const inferenceRequest = z
  .looseObject({
    id: z.string().optional(),
    parameters: z.looseObject({ binary_data_output: z.boolean().optional() }).optional(),
    inputs: z.array(requestInput).min(1),
    outputs: z.array(requestOutput).optional(),
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

export const failure = z.object({ error: z.string() }).openapi('Error')

/** What a request to infer says, checked. */
export type RequestHeader = z.infer<typeof inferenceRequest>
