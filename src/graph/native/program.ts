// The native executor: ONNX Runtime, on Node or in a browser, behind the interface of executor.ts.
// Source: onnxruntime-node and onnxruntime-web. Variables are inputs whose next contents are outputs: both live in
// arrays that we allocate once and swap, so that parameters never cross into JavaScript objects in a step.

import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { FrostglassError } from '../../errors.ts'
import { type CompileOptions, checkFeed, type Program, type Tensors } from '../executor.ts'
import { foldConstants } from '../fold.ts'
import type { Graph } from '../graph.ts'
import { nextName, nowName, writeOnnx } from '../onnx/write.ts'
import { isStatic } from '../shape.ts'
import { arrayOf, sizeOf, type Tensor, type TensorData, tensor } from '../tensor.ts'
import type { Value } from '../value.ts'

type Runtime = typeof import('onnxruntime-node')

const runtimes = new Map<'cpu' | 'webgpu', Promise<Runtime>>()

/**
 * ONNX Runtime: the native library on Node, WebAssembly or WebGPU in a browser. Loaded at first use. Which package is
 * said by `imports` of package.json, so that no bundler for browsers meets the native one. Browsers get a build for each
 * device: the one with WebGPU lacks most float64 kernels, and the one with everything (version 1.30) answers a `Concat`
 * of eight or more on WebGPU with wrong numbers and no error.
 */
export function loadRuntime(device?: CompileOptions['device']): Promise<Runtime> {
  const build = device === 'webgpu' ? 'webgpu' : 'cpu'
  const loaded =
    runtimes.get(build) ?? (build === 'webgpu' ? import('#onnxruntime/webgpu') : import('#onnxruntime'))
  runtimes.set(build, loaded)
  return loaded
}

// Microseconds that a thread waits awake for its part of the next operator before it sleeps. Two cores, a step of ObfNet-
// CNN before InfNet-CNN, milliseconds: 57.8 asleep at once, 56.5 after 20, 55.8 after 50, 55.6 after 100, 54.4 always
// awake. Beside other work on both cores: 121.5 asleep at once, 122.0 after 20, 123.5 after 50.
const awake = 20

/** Session options shared by all native work. Threads soon sleep rather than spin unless asked: machines are shared. */
export function sessionOptions(options: CompileOptions, browser: boolean): InferenceSession.SessionOptions {
  return {
    executionProviders: [providerOf(options.device, browser)],
    logSeverityLevel: 3,
    graphOptimizationLevel: 'all',
    // What is not asked for is left out: the runtime refuses undefined.
    // What is not asked for is left out: the runtime refuses undefined.
    ...(options.threads ? { intraOpNumThreads: options.threads } : {}),
    ...(options.keepMemory === false ? { enableCpuMemArena: false } : {}),
    extra: {
      session: {
        intra_op: { allow_spinning: '1', ...(options.spin ? {} : { spin_duration_us: String(awake) }) },
      },
    },
  }
}

/** The runtime's name for a device. @throws FrostglassError `unsupported` for one that is not to be had here. */
function providerOf(device: CompileOptions['device'] = 'cpu', browser: boolean): string {
  if (device === (browser ? 'cuda' : 'wasm')) {
    throw new FrostglassError(
      'unsupported',
      `no device '${device}' ${browser ? 'in a browser' : 'on Node'}`,
      browser ? "take 'wasm' or 'webgpu'" : "take 'cpu', 'webgpu' or 'cuda'",
    )
  }
  return browser && device === 'cpu' ? 'wasm' : device
}

let lastTurn: Promise<unknown> = Promise.resolve()

// The runtime for browsers holds one WebGPU state: a session that is opened while another runs breaks both.
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const next = lastTurn.then(work)
  lastTurn = next.catch(() => undefined)
  return next
}

interface Kept {
  readonly value: Value
  /** What the next run reads. */
  now: OrtTensor
  readonly updated: boolean
  /** Where the next run writes; null where the runtime is to allocate. */
  next: OrtTensor | null
}

/** Compiles for ONNX Runtime. @throws FrostglassError `unsupported` with the runtime's own words. */
export async function compileNative(given: Graph, options: CompileOptions): Promise<Program> {
  const g = foldConstants(given)
  const ort = await loadRuntime(options.device)
  const browser = ort.env.versions.web !== undefined
  // WebAssembly has one pool of threads for all sessions.
  if (browser && options.threads) ort.env.wasm.numThreads = options.threads
  const turns = browser && options.device === 'webgpu'
  const settings = sessionOptions(options, browser)
  const bytes = writeOnnx(g, { variablesAsInputs: true })
  let session: InferenceSession
  try {
    const open = () => ort.InferenceSession.create(bytes, settings)
    session = await (turns ? inTurn(open) : open())
  } catch (cause) {
    throw new FrostglassError(
      'unsupported',
      `ONNX Runtime refuses this graph: ${(cause as Error).message}`,
      options.device === 'webgpu' ? 'WebGPU may be missing here, and has no float64: try cpu' : undefined,
      cause,
    )
  }
  const wrap = (t: Tensor) => new ort.Tensor(t.dtype as 'float32', t.data as Float32Array, t.shape)
  // The runtime for browsers takes an array to write an output into, and leaves it as it was.
  const inPlace = !browser
  const updated = new Set(g.updates.map(([target]) => target))
  const kept = new Map<Value, Kept>()
  for (const value of g.variables) {
    const initial = value.tensor!
    const now = wrap({ ...initial, data: initial.data.slice() as TensorData })
    const next =
      inPlace && updated.has(value) ? wrap({ ...initial, data: initial.data.slice() as TensorData }) : null
    kept.set(value, { value, now, updated: updated.has(value), next })
  }
  const keptOf = (v: Value): Kept => {
    const k = kept.get(v)
    if (!k) throw new RangeError(`'${v.name}' is not a variable of this program`)
    return k
  }
  // Outputs of known shape are written into arrays allocated once, where the runtime can.
  const fixed: Record<string, OrtTensor | null> = {}
  for (const [name, v] of Object.entries(g.outputs)) {
    const reusable = inPlace && isStatic(v.shape) && v.dtype !== 'string'
    fixed[name] = reusable
      ? wrap({
          dtype: v.dtype,
          shape: v.shape as number[],
          data: new (arrayOf(v.dtype))(sizeOf(v.shape as number[])),
        })
      : null
  }

  return {
    executor: 'native',
    async run(feeds: Tensors) {
      const given: Record<string, OrtTensor> = {}
      for (const v of g.inputs) given[v.name!] = wrap(asDtype(checkFeed(v, feeds[v.name!]), v))
      const wanted: Record<string, OrtTensor | null> = { ...fixed }
      for (const k of kept.values()) {
        given[nowName(k.value)] = k.now
        if (k.updated) wanted[nextName(k.value)] = k.next
      }
      const work = () => session.run(given, wanted as Record<string, OrtTensor>)
      const results = await (turns ? inTurn(work) : work())
      for (const k of kept.values()) {
        if (!k.updated) continue
        const before = k.now
        const result = results[nextName(k.value)]!
        if (inPlace) {
          ;(result.data as Float32Array<ArrayBuffer>).buffer.transfer(0)
          k.now = k.next as OrtTensor
          k.next = before
        } else k.now = result
      }
      const outputs: Record<string, Tensor> = {}
      for (const [name, v] of Object.entries(g.outputs)) {
        const own = fixed[name]
        if (own) (results[name]!.data as Float32Array<ArrayBuffer>).buffer.transfer(0)
        const t = own ?? results[name]!
        outputs[name] = { dtype: v.dtype, shape: t.dims, data: t.data as TensorData }
      }
      return outputs
    },
    read(v) {
      const { now } = keptOf(v)
      return { dtype: v.dtype, shape: now.dims, data: (now.data as Float32Array).slice() }
    },
    write(v, content) {
      const { now } = keptOf(v)
      const t = asDtype(content, v)
      if (t.data.length !== now.size) {
        throw new FrostglassError(
          'shape',
          `'${v.name}' has shape [${now.dims}], but [${content.shape}] was written`,
        )
      }
      ;(now.data as Float32Array).set(t.data as Float32Array)
    },
    close: () => (turns ? inTurn(() => session.release()) : session.release()),
  }
}

/** A feed in the dtype of its input. */
function asDtype(t: Tensor, v: Value): Tensor {
  return t.data instanceof arrayOf(v.dtype) ? t : tensor(t.data, t.shape, v.dtype)
}
