// The plain executor: float64 kernels planned once into a list of closures over buffers allocated once.
// Source: docs/architecture.md#the-engine. The oracle of the native executor, and the fast way for tiny networks.
// No code generation, no allocation in a run. Every dtype lives in float64: int64 is exact to 2^53.

import { FrostglassError } from '../../errors.ts'
import type { Buffer, Graph, Node, Value, ValueInfo } from '../contract.ts'
import { checkFeed, type Program, type Tensors } from '../executor.ts'
import { describeNode } from '../graph.ts'
import { isStatic } from '../shape.ts'
import { convert, sizeOf, type Tensor, tensor, toFloat64 } from '../tensor.ts'
import { dependencies } from '../value.ts'

/** A graph planned for one set of input shapes. */
interface Plan {
  readonly shapes: readonly (readonly number[])[]
  readonly feeds: readonly Buffer[]
  readonly steps: readonly (() => void)[]
  readonly outputs: Tensors
}

/** Compiles for the plain executor. Plans are made at the first run with each set of shapes. */
export function compilePlain(g: Graph): Program & { run(feeds: Tensors): Tensors } {
  for (const node of g.nodes) {
    if (!node.operator.kernel && !node.operator.view) {
      throw new FrostglassError(
        'unsupported',
        node.operator.lacks ?? `${describeNode(node)} has no plain kernel`,
        "Compile with executor: 'native'.",
      )
    }
  }
  const variables = new Map<Value, Buffer>()
  for (const v of g.variables) {
    const initial = v.tensor!
    variables.set(v, { data: Float64Array.from(toFloat64(initial)), shape: initial.shape, dtype: v.dtype })
  }
  const plans: Plan[] = []
  let current: Plan | undefined

  const buffer = (v: Value): Buffer => {
    const b = variables.get(v)
    if (!b) throw new RangeError(`'${v.name}' is not a variable of this program`)
    return b
  }

  return {
    executor: 'plain',
    run(feeds) {
      if (!current || !fits(current, g, feeds)) {
        current = plans.find((p) => fits(p, g, feeds))
        if (!current) {
          current = plan(g, feeds, variables)
          plans.push(current)
        }
      }
      const { feeds: buffers, steps, outputs } = current
      for (let i = 0; i < buffers.length; i++) {
        const data = feeds[g.inputs[i]!.name!]!.data
        const to = buffers[i]!.data
        if (data instanceof BigInt64Array || data instanceof BigUint64Array)
          to.set(Float64Array.from(data, Number))
        else to.set(data)
      }
      for (let i = 0; i < steps.length; i++) steps[i]!()
      return outputs
    },
    read(v) {
      const b = buffer(v)
      return { dtype: v.dtype, shape: b.shape, data: convert(b.data, v.dtype) }
    },
    write(v, content) {
      const b = buffer(v)
      if (content.data.length !== b.data.length) {
        throw new FrostglassError(
          'shape',
          `'${v.name}' has shape [${b.shape}], but [${content.shape}] was written`,
        )
      }
      b.data.set(toFloat64(content))
    },
    async close() {
      plans.length = 0
    },
  }
}

function fits(p: Plan, g: Graph, feeds: Tensors): boolean {
  for (let i = 0; i < p.shapes.length; i++) {
    const shape = feeds[g.inputs[i]!.name!]?.shape
    const planned = p.shapes[i]!
    if (!shape || shape.length !== planned.length) return false
    for (let d = 0; d < planned.length; d++) if (shape[d] !== planned[d]) return false
  }
  return true
}

function allocate(info: ValueInfo, what: string): Buffer {
  if (!isStatic(info.shape)) {
    throw new FrostglassError('shape', `${what}: its shape [${info.shape}] is not known from the inputs`)
  }
  return { data: new Float64Array(sizeOf(info.shape)), shape: info.shape, dtype: info.dtype }
}

function plan(g: Graph, feeds: Tensors, variables: ReadonlyMap<Value, Buffer>): Plan {
  const buffers = new Map<Value, Buffer>(variables)
  const inputs = g.inputs.map((v) => {
    const feed = checkFeed(v, feeds[v.name!])
    const b: Buffer = { data: new Float64Array(feed.data.length), shape: feed.shape, dtype: v.dtype }
    buffers.set(v, b)
    return b
  })
  const steps = planNodes(g.nodes, buffers)
  const targets = g.updates.map(([target]) => variables.get(target)!)
  const held: (() => void)[] = []
  const copies = g.updates.map(([, next], i) => {
    const target = targets[i]!
    const from = buffers.get(next) ?? constantBuffer(next)
    // What is another variable's memory (a swap) is read before any is written.
    if (!targets.some((t) => t !== target && t.data.buffer === from.data.buffer))
      return copyStep(from, target)
    const before = { ...from, data: new Float64Array(from.data.length) }
    held.push(copyStep(from, before))
    return copyStep(before, target)
  })
  const outputs: Record<string, Tensor> = {}
  for (const [name, v] of Object.entries(g.outputs)) {
    const b = buffers.get(v) ?? constantBuffer(v)
    // An output that is a variable's own memory shows its content before the update, as ONNX Runtime has it.
    const aliased = g.updates.some(([target]) => variables.get(target)?.data.buffer === b.data.buffer)
    const shown = aliased ? { ...b, data: new Float64Array(b.data.length) } : b
    if (aliased) steps.push(() => shown.data.set(b.data))
    outputs[name] = tensor(shown.data, shown.shape, 'float64')
  }
  return { shapes: inputs.map((b) => b.shape), feeds: inputs, steps: [...steps, ...held, ...copies], outputs }
}

// Short copies by a loop: TypedArray.set costs some 30 ns a call, which a network of 91 weights notices.
function copyStep(from: Buffer, to: Buffer): () => void {
  const a = from.data
  const b = to.data
  if (a.length > 32) return () => b.set(a)
  return () => {
    for (let i = 0; i < b.length; i++) b[i] = a[i]!
  }
}

function constantBuffer(v: Value): Buffer {
  const t = v.tensor!
  return { data: toFloat64(t), shape: t.shape, dtype: v.dtype }
}

/**
 * Plans nodes in order into closures, adding every output's buffer to `buffers`. What depends on constants and
 * shapes alone is computed here, once. Loop plans its body with this too.
 */
export function planNodes(nodes: readonly Node[], buffers: Map<Value, Buffer>): (() => void)[] {
  const folded = new Set<Value>()
  const contents = new Map<Value, readonly number[]>()
  const steps: (() => void)[] = []
  const bufferOf = (v: Value): Buffer => {
    let b = buffers.get(v)
    if (!b) {
      b = constantBuffer(v)
      buffers.set(v, b)
    }
    if (v.kind === 'constant') folded.add(v)
    return b
  }
  const infoOf = (v: Value): ValueInfo => {
    const b = bufferOf(v)
    return { dtype: b.dtype, shape: b.shape, content: contents.get(v) ?? numbers(v) ?? scalesOf(v, b) }
  }
  for (const node of nodes) {
    const what = describeNode(node)
    const inputs = node.inputs.map((v) => v && bufferOf(v))
    const captured = new Map(node.captured.map((v) => [v, bufferOf(v)]))
    const infos = node.inputs.map((v) => v && infoOf(v))
    const results = node.operator.infer(infos, node.attributes, what)
    const { view, kernel } = node.operator
    const isView = typeof view === 'function' ? view(infos as ValueInfo[], node.attributes) : view === true
    const outputs = results.map((r) => {
      if (!isView) return allocate(r, what)
      const b = allocate({ ...r, shape: isStatic(r.shape) ? r.shape : [] }, what)
      return { ...b, data: inputs[0]!.data }
    })
    node.outputs.forEach((v, i) => void buffers.set(v, outputs[i]!))
    const shapeOnly =
      results.length > 0 && results.every((r) => r.content?.every((d) => typeof d === 'number'))
    const known = !node.operator.random && (shapeOnly || dependencies(node).every((v) => folded.has(v)))
    if (!isView) {
      const step = kernel!({
        inputs,
        outputs,
        attributes: node.attributes,
        captured,
      })
      if (known) step()
      else steps.push(step)
    }
    if (known) {
      node.outputs.forEach((v, i) => {
        folded.add(v)
        const b = outputs[i]!
        if (v.dtype.includes('int') && b.shape.length <= 1 && b.data.length <= 64)
          contents.set(v, Array.from(b.data))
      })
    }
  }
  return steps
}

/** The elements of a small constant of floats: shapes may follow from them (Resize). */
function scalesOf(v: Value, b: Buffer): readonly number[] | undefined {
  return v.kind === 'constant' && b.shape.length === 1 && b.data.length <= 64 ? Array.from(b.data) : undefined
}

function numbers(v: Value): readonly number[] | undefined {
  return v.content?.every((d) => typeof d === 'number') ? v.content : undefined
}
