// The native executor: ONNX Runtime, on Node or in a browser, behind the interface of executor.ts.
// Source: onnxruntime-node and onnxruntime-web. Variables are inputs whose next contents are outputs: both live in
// arrays that we allocate once and swap, so that parameters never cross into JavaScript objects in a step.

import type { Tensor as OrtTensor } from 'onnxruntime-node'
import { FrostglassError } from '../../errors.ts'
import type { Graph } from '../contract.ts'
import { type CompileOptions, checkFeeds, type Program } from '../executor.ts'
import { foldConstants } from '../fold.ts'
import { isHalf } from '../halves.ts'
import { lowered } from '../lower.ts'
import { writeOnnx } from '../onnx/write.ts'
import { endlessRefusal } from '../operators/loop.ts'
import { isStatic } from '../shape.ts'
import { arrayOf, inDtype, sizeOf, type Tensor, type TensorData } from '../tensor.ts'
import { axesFromTheFront } from './axes.ts'
import { refuseDiffering } from './differs.ts'
import { guardRefusal, withGuards } from './fragile.ts'
import { holds, inSingle } from './halves.ts'
import { holdsNarrow, withNarrowEnds, withoutNarrow } from './narrow.ts'
import { openSession } from './runtime.ts'
import { sizeGuard } from './sizes.ts'
import { createVariables, release } from './variables.ts'

/**
 * Compiles for ONNX Runtime. Where it has no kernels for float16, and for bfloat16 always, nodes compute in float32 and are
 * rounded ({@link inSingle}).
 * @throws FrostglassError `unsupported` with the runtime's own words.
 */
export async function compileNative(given: Graph, options: CompileOptions): Promise<Program> {
  if (holdsNarrow(given)) return withNarrowEnds(given, await compileNative(withoutNarrow(given), options))
  const folded = foldConstants(lowered(given))
  refuseDiffering(folded)
  if (holds(folded, 'bfloat16')) return compileSingle(folded, options)
  try {
    return await compileGraph(folded, options)
  } catch (error) {
    if (!holds(folded, 'float16')) throw error
    return await compileSingle(folded, options).catch(() => {
      throw error
    })
  }
}

/** A graph with halves as one of float32, in front of which feeds are rounded and behind which results are encoded. */
async function compileSingle(g: Graph, options: CompileOptions): Promise<Program> {
  const kept = g.variables.find((v) => isHalf(v.dtype))
  if (kept) {
    throw new FrostglassError(
      'unsupported',
      `the variable '${kept.name}' is ${kept.dtype}, which ONNX Runtime cannot keep from run to run`,
      "Make it float32, or compile with executor: 'plain'.",
    )
  }
  const program = await compileGraph(inSingle(g), options)
  return {
    ...program,
    async run(feeds) {
      const rounded: Record<string, Tensor> = {}
      const checked = checkFeeds(g.inputs, feeds)
      for (const [i, v] of g.inputs.entries()) rounded[v.name!] = inDtype(checked[i]!, v.dtype)
      const results = await program.run(rounded)
      return Object.fromEntries(
        Object.entries(g.outputs).map(([name, v]) => [name, inDtype(results[name]!, v.dtype)]),
      )
    },
  }
}

async function compileGraph(given: Graph, options: CompileOptions): Promise<Program> {
  const g = withGuards(axesFromTheFront(given))
  const session = await openSession(written(g), options)
  const { ort, inPlace } = session
  const wrap = (t: Tensor): OrtTensor =>
    withBits(new ort.Tensor(t.dtype as 'float32', t.data as Float32Array, t.shape), t)
  const variables = createVariables(g, inPlace, wrap)
  const fixed = inPlace ? fixedOutputs(g, wrap) : {}
  const checkSizes = sizeGuard(g)
  return {
    executor: 'native',
    async run(feeds) {
      const fed: Record<string, OrtTensor> = {}
      const checked = checkFeeds(g.inputs, feeds)
      for (const [i, v] of g.inputs.entries()) fed[v.name!] = wrap(inDtype(checked[i]!, v.dtype))
      checkSizes(feeds)
      const wanted: Record<string, OrtTensor | null> = {}
      for (const name of Object.keys(g.outputs)) wanted[name] = fixed[name] ?? null
      variables.feed(fed, wanted)
      const results = await session.run(fed, wanted).catch(explain)
      variables.advance(results)
      const outputs: Record<string, Tensor> = {}
      for (const [name, v] of Object.entries(g.outputs)) {
        const own = fixed[name]
        if (own) release(results[name]!)
        const t = own ?? results[name]!
        outputs[name] = { dtype: v.dtype, shape: t.dims, data: dataOf(t) }
      }
      return outputs
    },
    read: variables.read,
    write: variables.write,
    close: session.release,
  }
}

/** @throws FrostglassError in the place of the runtime's where a guard has failed, or a loop has not ended */
function explain(error: FrostglassError): never {
  throw guardRefusal(error.message) ?? endlessRefusal(error.message) ?? error
}

function written(g: Graph): Uint8Array {
  try {
    return writeOnnx(g, { variablesAsInputs: true })
  } catch (cause) {
    if (cause instanceof FrostglassError) throw cause
    const { message } = cause as Error
    throw new FrostglassError(
      'unsupported',
      `this graph cannot be written for ONNX Runtime: ${message}`,
      'Export the model again: an attribute may have another type than its operator asks for.',
      cause,
    )
  }
}

// Where JavaScript has Float16Array, the runtime's own tensor is one over the array that it is given, and its binding
// (1.30) reads nothing from it.
function withBits(wrapped: OrtTensor, { dtype, data }: Tensor): OrtTensor {
  if (dtype === 'float16') Object.defineProperty(wrapped, 'data', { value: data })
  return wrapped
}

/** A result's numbers, and of a float16 the bits. */
function dataOf({ type, data }: OrtTensor): TensorData {
  const bits = data as Uint16Array<ArrayBuffer>
  if (type !== 'float16' || bits instanceof Uint16Array) return data as TensorData
  const { buffer, byteOffset, length } = bits as Uint16Array<ArrayBuffer>
  return new Uint16Array(buffer, byteOffset, length)
}

/** Outputs of known shape, by name: they are written into arrays allocated once. */
function fixedOutputs(g: Graph, wrap: (t: Tensor) => OrtTensor): Readonly<Record<string, OrtTensor>> {
  const fixed: Record<string, OrtTensor> = {}
  for (const [name, { dtype, shape, node }] of Object.entries(g.outputs)) {
    // What no array holds is left to the runtime, which says so.
    if (!isStatic(shape) || dtype === 'string' || sizeOf(shape) > 2 ** 31) continue
    // Before operator set 22 the runtime allots a last window that begins in the padding, and then leaves it out.
    if (node?.attributes['ceil_mode'] === 1) continue
    fixed[name] = wrap({
      dtype,
      shape: shape as number[],
      data: new (arrayOf(dtype))(sizeOf(shape as number[])),
    })
  }
  return fixed
}
