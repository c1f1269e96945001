// Asks a service that speaks the Open Inference Protocol (KServe V2): Frostglass, Triton, KServe, Seldon.
// Source: the protocol's "HTTP/REST" and its binary tensor extension.
// What is sent leaves the device as it is: over http: anybody on the way reads it too.

import { FrostglassError } from '../errors.ts'
import { addressOf, type ConnectOptions, nonsense, parseJson, type Received, request } from './request.ts'

/** One input or output of a model. A size of −1 is free. */
export interface TensorMetadata {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
}

/** What the service tells of a model. */
export interface ModelMetadata {
  readonly name: string
  readonly inputs: readonly TensorMetadata[]
  readonly outputs: readonly TensorMetadata[]
}

/** Options of one inference. */
export interface InferOptions {
  /** Of the data; from the model's input and the number of values by default. */
  readonly shape?: readonly number[] | undefined
  /** Which output; the first by default. */
  readonly output?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** What a model answers. */
export interface InferAnswer {
  readonly shape: readonly number[]
  readonly values: Float32Array
  /** Bytes of the request's body and of the answer's. */
  readonly sentBytes: number
  readonly receivedBytes: number
}

/** A model of a service. */
export interface EdgeService {
  readonly url: string
  readonly metadata: ModelMetadata
  /** Whether it would answer now. */
  ready(signal?: AbortSignal): Promise<boolean>
  /**
   * Asks with one tensor.
   * @throws FrostglassError `shape` when it does not fit the model, `input` when the service refuses it, `io` when it
   * does not answer in time or at all, `unsupported`, `aborted`
   */
  infer(data: Float32Array, options?: InferOptions): Promise<InferAnswer>
}

/** An answer beyond this is refused: the service is not trusted. */
const largest = 64 * 2 ** 20

/**
 * Reads what a model takes and gives.
 * @param url the service's address, or with the model: `https://host/v2/models/digits`
 * @throws FrostglassError `usage` without a model, `io`, `input`, `aborted`
 * @example
 * const service = await connect('http://127.0.0.1:8080', 'digits')
 * const { values } = await service.infer(sent)
 */
export async function connect(
  url: string | URL,
  model?: string,
  options: ConnectOptions = {},
): Promise<EdgeService> {
  const { timeout = 30_000, retries = 3, token } = options
  const { address } = addressOf(url, '/v2/models/', model)
  const ask = (where: string, init: RequestInit, signal: AbortSignal | undefined) =>
    request(where, init, { timeout, retries, signal, token, largest })
  const described = await ask(address, {}, options.signal)
  const metadata = parseMetadata(described.bytes, address)
  return Object.freeze({
    url: address,
    metadata,
    async ready(signal?: AbortSignal) {
      try {
        await request(`${address}/ready`, {}, { timeout, retries: 0, signal, token, largest })
        return true
      } catch (error) {
        if (error instanceof FrostglassError && error.code !== 'aborted') return false
        throw error
      }
    },
    async infer(data: Float32Array, { shape, output, signal }: InferOptions = {}) {
      const [input] = metadata.inputs
      const wanted = output ?? metadata.outputs[0]?.name
      if (!input || metadata.inputs.length > 1 || input.datatype !== 'FP32' || wanted === undefined) {
        throw new FrostglassError(
          'unsupported',
          `the model ${metadata.name} does not take one FP32 tensor`,
          'Ask it with a client that sends several, or other types.',
        )
      }
      const { body, headerLength } = formatRequest(input.name, fitShape(data, shape, input), data, wanted)
      const response = await ask(
        `${address}/infer`,
        {
          method: 'POST',
          headers: {
            'content-type': 'application/octet-stream',
            'inference-header-content-length': String(headerLength),
          },
          body,
        },
        signal ?? options.signal,
      )
      const answer = parseAnswer(response, wanted, address)
      return { ...answer, sentBytes: body.length, receivedBytes: response.bytes.length }
    },
  })
}

/** Checks a shape, or finds the one that the values have. */
function fitShape(
  data: Float32Array,
  given: readonly number[] | undefined,
  { name, shape }: TensorMetadata,
): readonly number[] {
  const product = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1)
  const rest = shape.slice(1)
  const found = given ?? [data.length / product(rest), ...rest]
  const fits =
    found.length === shape.length &&
    found.every((size, i) => Number.isInteger(size) && size > 0 && (shape[i] === -1 || shape[i] === size)) &&
    product(found) === data.length
  if (fits) return found
  throw new FrostglassError(
    'shape',
    `'${name}' takes [${shape}] (-1 is free), and ${data.length} values${given ? ` as [${given}]` : ''} do not fit`,
    'Check that the pane was made for this model.',
  )
}

function formatRequest(name: string, shape: readonly number[], data: Float32Array, output: string) {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  const parameters = { binary_data_size: bytes.length }
  const head = new TextEncoder().encode(
    JSON.stringify({
      inputs: [{ name, shape, datatype: 'FP32', parameters }],
      outputs: [{ name: output, parameters: { binary_data: true } }],
    }),
  )
  const body = new Uint8Array(head.length + bytes.length)
  body.set(head)
  body.set(bytes, head.length)
  return { body, headerLength: head.length }
}

function parseAnswer({ bytes, headers }: Received, wanted: string, address: string) {
  const length = headers.get('inference-header-content-length')
  const end = length === null ? bytes.length : Number(length)
  const outputs = parseJson(bytes.subarray(0, end), address)['outputs']
  let at = end
  for (const output of Array.isArray(outputs) ? outputs : []) {
    const size = Number(output?.parameters?.binary_data_size ?? 0)
    const begin = at
    at += size
    if (output?.name !== wanted || !Array.isArray(output.shape)) continue
    const { shape, datatype, data } = output as {
      shape: number[]
      datatype: string
      data?: number[] | undefined
    }
    if (datatype !== 'FP32' && datatype !== 'FP64') {
      throw new FrostglassError('unsupported', `${address} answers in ${datatype}, and FP32 or FP64 is read`)
    }
    // A copy: the bytes behind the JSON stand anywhere.
    const block = bytes.slice(begin, at)
    const width = datatype === 'FP32' ? 4 : 8
    const values = Array.isArray(data)
      ? Float32Array.from(data.flat(Number.POSITIVE_INFINITY) as number[])
      : block.length === size && size % width === 0
        ? new Float32Array(datatype === 'FP32' ? block.buffer : new Float64Array(block.buffer))
        : new Float32Array(0)
    if (values.length === shape.reduce((a, b) => a * b, 1)) return { shape, values }
  }
  throw nonsense(address, `an answer without a whole output '${wanted}'`)
}

function parseMetadata(bytes: Uint8Array, address: string): ModelMetadata {
  const { name, inputs, outputs } = parseJson(bytes, address)
  const ends = (list: unknown): TensorMetadata[] => {
    if (!Array.isArray(list)) throw nonsense(address, 'no inputs and outputs')
    return list.map((end) => ({
      name: String(end?.name),
      datatype: String(end?.datatype),
      // Some servers write sizes as strings.
      shape: (Array.isArray(end?.shape) ? end.shape : []).map(Number),
    }))
  }
  return { name: String(name), inputs: ends(inputs), outputs: ends(outputs) }
}
