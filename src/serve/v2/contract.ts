// What the service is given and what it tells: models, limits, signatures.
// Source: Open Inference Protocol (KServe V2), "Model Metadata Response JSON Object".
// Limits bound what one process holds and how long it works; they are no defence against a flood of connections.

import type { Hono } from 'hono'
import { type Given, withDefaults } from '../../defaults.ts'
import type { EncryptedOptions } from '../encrypted/contract.ts'
import type { FleetOptions } from '../fleet/contract.ts'
import type { Datatype } from './datatypes.ts'

/** A model to serve. */
export interface ServedModel {
  /** Letters, digits, `.`, `_` and `-`: it stands in the URL. */
  readonly name: string
  /** `1` by default. */
  readonly version?: string | undefined
  /** A whole ONNX file; external data is not read. */
  readonly bytes: Uint8Array
}

/** One input or output. A size of −1 is free. */
export interface TensorSignature {
  readonly name: string
  readonly datatype: Datatype
  readonly shape: readonly number[]
  /** What the file calls each free size, where it calls one anything: what has one name has one size in a request. */
  readonly free?: readonly (string | undefined)[] | undefined
  /** What each element of its last dimension is called, where the model's file says so: columns, classes. */
  readonly names?: readonly string[] | undefined
}

/** What a model takes and gives. */
export interface ModelSignature {
  readonly name: string
  readonly version: string
  readonly inputs: readonly TensorSignature[]
  readonly outputs: readonly TensorSignature[]
  /** Whether rows of several requests may be answered in one run: its graph keeps them apart, and a trial does not refute it. */
  readonly batched: boolean
  /** Whether its graph cannot be read, so that nothing guards the runtime from tensors of no elements: they are refused. */
  readonly unguarded: boolean
}

/** What bounds the service. */
export interface ServiceLimits {
  /** Bytes of one request's body; more is answered 413, and so are more texts (BYTES) than one for 200 of them. Default 32 MiB. */
  readonly maxBody: number
  /**
   * Bytes of bodies held at a time, of requests in hand and of answers that their clients have not read. Default 8 × maxBody. For more,
   * a body that has been arriving for over 5 s gives way, else the new one does (503).
   */
  readonly maxHeld: number
  /** Runs at once, each in a thread that opens every model. Default 1: a run uses all cores. */
  readonly concurrency: number
  /** Whole requests that wait beyond those; more are answered 503. Default 256. */
  readonly queue: number
  /**
   * What one client may have in hand at a time, of the requests (`concurrency` + `queue`) and of `maxHeld`, as a share: above 0, up to
   * 1, which is no limit. More is answered 429. A client is an address of IPv4, or the first 64 bits of one of IPv6. Default 0.5.
   */
  readonly perClient: number
  /**
   * Seconds for a body to arrive (408), from there to the answer (504), waiting to be unpacked, read, run and written included, and
   * from there until it is read, or its connection ends. Default 30.
   */
  readonly timeout: number
  /** Rows answered in one run, where the model's batch is free; 1 runs each request alone. Default 32. */
  readonly batch: number
  /** Threads inside one run; 0 leaves it to ONNX Runtime (cores). Default 0. */
  readonly threads: number
}

/** Options of a service. */
export interface ServiceOptions {
  readonly models?: readonly ServedModel[] | undefined
  /** Networks that are answered on ciphertexts, at /v2/encrypted. */
  readonly encrypted?: EncryptedOptions | undefined
  /** A Flower server whose nodes' calls are handed on to it, at /v1/fleet. */
  readonly fleet?: FleetOptions | undefined
  readonly limits?: Partial<ServiceLimits> | undefined
  /** Origins whose pages may read answers (CORS): `*` or `https://host`. None by default. */
  readonly allowOrigin?: readonly string[] | undefined
  /**
   * Names by which it is asked, besides addresses and `localhost`: `models.example`, or `*` for any. Others are answered 421, so that
   * no page reads its answers by having a name of its own lead here.
   */
  readonly allowHost?: readonly string[] | undefined
  /** What clients must send as `Authorization: Bearer …`, but for the service's health: 16 characters or more. Nothing by default. */
  readonly token?: string | undefined
  /** Paths that are answered without the token, besides the service's health: files of a page, which asks for the token itself. */
  readonly openTo?: ((path: string) => boolean) | undefined
  /** Adds routes behind the protocol's, a page for example. */
  readonly extra?: ((app: Hono, service: Service) => void | Promise<void>) | undefined
  /** Called once a request with one line about it, which holds nothing of the body. */
  readonly onAccess?: ((line: string) => void) | undefined
  /** Called with what should not happen; the client is told 500 and no more. */
  readonly onFault?: ((error: unknown) => void) | undefined
}

/** A service without a port. */
export interface Service {
  /** Takes requests: `app.fetch`, `app.request`. */
  readonly app: Hono
  /**
   * Opens a model, or replaces the one of the same name and version.
   * @throws FrostglassError `usage` for a name, `input` for bytes that ONNX Runtime refuses, `unsupported` for types
   * that the protocol lacks
   */
  addModel(model: ServedModel): Promise<ModelSignature>
  /** Forgets all versions of a model. Answers whether there was one. */
  removeModel(name: string): boolean
  /** What models there are, each with its inputs and outputs. */
  models(): ModelSignature[]
  /** Bytes and requests now in hand, for a shutdown that waits. */
  readonly inFlight: () => number
  /** Is not ready any more, and answers all the same: before it ends. */
  retire(): void
  /** Refuses new requests with 503; those in hand go on. */
  drain(): void
  /** Ends the threads. Requests still in hand are answered 503. */
  close(): Promise<void>
}

/** The limits that hold unless others are given. */
export function limitsOf(given: Given<ServiceLimits> = {}): ServiceLimits {
  const maxBody = given.maxBody ?? 32 * 2 ** 20
  const limits = withDefaults<ServiceLimits>(
    {
      maxHeld: 8 * maxBody,
      concurrency: 1,
      queue: 256,
      perClient: 0.5,
      timeout: 30,
      batch: 32,
      threads: 0,
      maxBody,
    },
    given,
  )
  const least = { maxBody: 1, maxHeld: 1, concurrency: 1, queue: 0, timeout: 0, batch: 1, threads: 0 }
  for (const [name, low] of Object.entries(least)) {
    const value = limits[name as keyof ServiceLimits]
    if (!(value >= low) || (name !== 'timeout' && !Number.isInteger(value))) {
      throw new RangeError(`limit ${name}: expected a number from ${low}, got ${value}`)
    }
  }
  if (!(limits.perClient > 0 && limits.perClient <= 1))
    throw new RangeError(`limit perClient: expected a share above 0 and up to 1, got ${limits.perClient}`)
  return limits
}
