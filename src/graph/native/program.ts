// The native executor: ONNX Runtime, on Node or in a browser, behind the interface of executor.ts.
// Source: onnxruntime-node and onnxruntime-web. Variables are inputs whose next contents are outputs: both live in
// arrays that we allocate once and swap, so that parameters never cross into JavaScript objects in a step.

import type { Tensor as OrtTensor } from 'onnxruntime-node'
import type { Graph } from '../contract.ts'
import { type CompileOptions, checkFeed, type Program } from '../executor.ts'
import { foldConstants } from '../fold.ts'
import { lowered } from '../lower.ts'
import { writeOnnx } from '../onnx/write.ts'
import { isStatic } from '../shape.ts'
import { arrayOf, sizeOf, type Tensor, type TensorData } from '../tensor.ts'
import { openSession } from './runtime.ts'
import { asDtype, createVariables, release } from './variables.ts'

/** Compiles for ONNX Runtime. @throws FrostglassError `unsupported` with the runtime's own words. */
export async function compileNative(given: Graph, options: CompileOptions): Promise<Program> {
  const g = foldConstants(lowered(given))
  const session = await openSession(writeOnnx(g, { variablesAsInputs: true }), options)
  const { ort, inPlace } = session
  const wrap = (t: Tensor): OrtTensor => new ort.Tensor(t.dtype as 'float32', t.data as Float32Array, t.shape)
  const variables = createVariables(g, inPlace, wrap)
  const fixed = inPlace ? fixedOutputs(g, wrap) : {}
  return {
    executor: 'native',
    async run(feeds) {
      const given: Record<string, OrtTensor> = {}
      for (const v of g.inputs) given[v.name!] = wrap(asDtype(checkFeed(v, feeds[v.name!]), v))
      const wanted: Record<string, OrtTensor | null> = {}
      for (const name of Object.keys(g.outputs)) wanted[name] = fixed[name] ?? null
      variables.feed(given, wanted)
      const results = await session.run(given, wanted)
      variables.advance(results)
      const outputs: Record<string, Tensor> = {}
      for (const [name, v] of Object.entries(g.outputs)) {
        const own = fixed[name]
        if (own) release(results[name]!)
        const t = own ?? results[name]!
        outputs[name] = { dtype: v.dtype, shape: t.dims, data: t.data as TensorData }
      }
      return outputs
    },
    read: variables.read,
    write: variables.write,
    close: session.release,
  }
}

/** Outputs of known shape, by name: they are written into arrays allocated once. */
function fixedOutputs(g: Graph, wrap: (t: Tensor) => OrtTensor): Readonly<Record<string, OrtTensor>> {
  const fixed: Record<string, OrtTensor> = {}
  for (const [name, { dtype, shape }] of Object.entries(g.outputs)) {
    if (!isStatic(shape) || dtype === 'string') continue
    fixed[name] = wrap({
      dtype,
      shape: shape as number[],
      data: new (arrayOf(dtype))(sizeOf(shape as number[])),
    })
  }
  return fixed
}
