// The plain executor: float64 kernels planned once into a list of closures over buffers allocated once.
// Source: docs/architecture.md#the-engine. The oracle of the native executor, and the fast way for tiny networks.
// No code generation, no allocation in a run. Every dtype lives in float64, brought to its own numbers by store.ts.

import { FrostglassError } from '../../errors.ts'
import type { Buffer, Graph, KernelContext, Node, Value, ValueInfo } from '../contract.ts'
import { type CompileOptions, checkFeeds, type Program, type Tensors } from '../executor.ts'
import { describeNode } from '../graph.ts'
import { decodeInto, isHalf } from '../halves.ts'
import { inexact, roundingIntegers } from '../integers.ts'
import { decodeCode, isCoded, isNarrowInteger } from '../narrow.ts'
import { contentLimit, isStatic } from '../shape.ts'
import { convert, sizeOf, type Tensor, tensor, toFloat64 } from '../tensor.ts'
import { dependencies } from '../value.ts'
import { type Budget, createBudget } from './budget.ts'
import { guardStep, holdsInexact, isMover, isSuspect, roundKnown, storeStep } from './store.ts'

/** A graph planned for one set of input shapes, and where shapes depend on what small inputs hold, for one set of contents. */
interface Plan {
  readonly shapes: readonly (readonly number[])[]
  /** What each input must hold; undefined where it may be anything. */
  readonly contents: readonly (Float64Array | undefined)[]
  readonly feeds: readonly Feed[]
  readonly steps: readonly (() => void)[]
  readonly outputs: Tensors
}

/** Where an input lies, and what brings other numbers than its dtype has to it. */
interface Feed {
  readonly buffer: Buffer
  readonly store: (() => void) | undefined
}

/** Compiles for the plain executor. Plans are made at the first run with each set of shapes. */
export function compilePlain(
  g: Graph,
  { inexactIntegers, mostElements }: Pick<CompileOptions, 'inexactIntegers' | 'mostElements'> = {},
): Program & { run(feeds: Tensors): Tensors } {
  g.nodes.forEach(requirePlain)
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

  const run = (feeds: Tensors): Tensors => {
    if (!current || !fits(current, g, feeds)) {
      current = plans.find((p) => fits(p, g, feeds))
      if (!current) {
        current = planFor(g, feeds, variables, mostElements)
        // What follows contents may change at every run: so many of those are not worth their memory.
        if (current.contents.some((c) => c !== undefined)) forgetOldest(plans)
        plans.push(current)
      }
    }
    const { feeds: buffers, steps, outputs } = current
    for (let i = 0; i < buffers.length; i++) {
      take(buffers[i]!, feeds[g.inputs[i]!.name!]!)
    }
    try {
      for (let i = 0; i < steps.length; i++) steps[i]!()
    } catch (cause) {
      throw inWords('a run of the plain executor', cause)
    }
    return outputs
  }

  return {
    executor: 'plain',
    run: inexactIntegers === 'round' ? (feeds) => roundingIntegers(() => run(feeds)) : run,
    read(v) {
      const b = buffer(v)
      if (isSuspect(b) && holdsInexact(b)) throw inexact(`an integer of '${v.name}'`)
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

/** @throws FrostglassError `unsupported` for a node that this executor does not run */
function requirePlain(node: Node): void {
  const lacks = !node.operator.kernel && !node.operator.view ? 'has no plain kernel' : stringsOf(node)
  if (!lacks) return
  throw new FrostglassError(
    'unsupported',
    node.operator.lacks ?? `${describeNode(node)} ${lacks}`,
    "Compile with executor: 'native'.",
  )
}

const stringsOf = (node: Node): string | undefined =>
  [...node.outputs, ...dependencies(node)].some((v) => v.dtype === 'string')
    ? 'has strings, which the plain executor does not hold'
    : undefined

function take({ buffer, store }: Feed, { dtype, data }: Tensor): void {
  const to = buffer.data
  if (isHalf(dtype)) decodeInto(to, data as Uint16Array, dtype)
  else if (isCoded(dtype)) {
    for (let i = 0; i < to.length; i++) to[i] = decodeCode(Number(data[i]), dtype)
  } else if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    for (let i = 0; i < to.length; i++) to[i] = Number(data[i])
  } else to.set(data)
  // An array of bytes holds more than an integer of 4 bits does.
  if (store && (dtype !== buffer.dtype || isNarrowInteger(dtype))) store()
}

function fits(p: Plan, g: Graph, feeds: Tensors): boolean {
  for (let i = 0; i < p.shapes.length; i++) {
    const feed = feeds[g.inputs[i]!.name!]
    const planned = p.shapes[i]!
    if (!feed || feed.shape.length !== planned.length) return false
    for (let d = 0; d < planned.length; d++) if (feed.shape[d] !== planned[d]) return false
    const content = p.contents[i]
    if (content && !content.every((v, j) => Object.is(v, elementOf(feed, j)))) return false
  }
  return true
}

/** An element of a feed as a number. */
const elementOf = ({ dtype, data }: Tensor, j: number): number =>
  isCoded(dtype) ? decodeCode(Number(data[j]), dtype) : Number(data[j])

const mostByContent = 8

function forgetOldest(plans: Plan[]): void {
  const byContent = plans.filter((p) => p.contents.some((c) => c !== undefined))
  if (byContent.length >= mostByContent) plans.splice(plans.indexOf(byContent[0]!), 1)
}

/** A plan for these shapes; if there is none, since shapes depend on what small inputs hold, one for what they hold now. */
function planFor(
  g: Graph,
  feeds: Tensors,
  variables: ReadonlyMap<Value, Buffer>,
  most: number | undefined,
): Plan {
  try {
    return plan(g, feeds, variables, new Set(), most)
  } catch (cause) {
    const small = g.inputs.filter(({ name }) => {
      const feed = feeds[name!]
      return feed && feed.data.length <= contentLimit
    })
    if (!(cause instanceof FrostglassError) || small.length === 0) throw cause
    try {
      return plan(g, feeds, variables, new Set(small), most)
    } catch (again) {
      // Which of both is the better word depends; the second knows more.
      throw again instanceof FrostglassError ? again : cause
    }
  }
}

function allocate(info: ValueInfo, what: string, budget: Budget): Buffer {
  if (!isStatic(info.shape)) {
    throw new FrostglassError('shape', `${what}: its shape [${info.shape}] is not known from the inputs`)
  }
  const size = sizeOf(info.shape)
  if (!(size >= 0)) throw new FrostglassError('shape', `${what}: a size of [${info.shape}] is negative`)
  budget.allocate(size, what)
  return { data: new Float64Array(size), shape: info.shape, dtype: info.dtype }
}

function plan(
  g: Graph,
  feeds: Tensors,
  variables: ReadonlyMap<Value, Buffer>,
  held: ReadonlySet<Value>,
  most: number | undefined,
): Plan {
  const buffers = new Map<Value, Buffer>(variables)
  const checked = checkFeeds(g.inputs, feeds)
  const inputs = g.inputs.map((v, i): Feed => {
    const feed = checked[i]!
    const buffer: Buffer = { data: new Float64Array(feed.data.length), shape: feed.shape, dtype: v.dtype }
    buffers.set(v, buffer)
    const given = { buffer, store: feedStep(buffer, `the input '${v.name}'`) }
    if (held.has(v)) take(given, feed)
    return given
  })
  const contents = g.inputs.map((v, i) => (held.has(v) ? inputs[i]!.buffer.data.slice() : undefined))
  const steps = planNodes(g.nodes, buffers, held, most)
  const targets = g.updates.map(([target]) => variables.get(target)!)
  const before: (() => void)[] = []
  const copies = g.updates.map(([, next], i) => {
    const target = targets[i]!
    const from = buffers.get(next) ?? constantBuffer(next)
    // What is another variable's memory (a swap) is read before any is written.
    if (!targets.some((t) => t !== target && t.data.buffer === from.data.buffer))
      return copyStep(from, target)
    const kept = { ...from, data: new Float64Array(from.data.length) }
    before.push(copyStep(from, kept))
    return copyStep(kept, target)
  })
  const outputs: Record<string, Tensor> = {}
  for (const [name, v] of Object.entries(g.outputs)) {
    const b = buffers.get(v) ?? constantBuffer(v)
    // An output that is a variable's own memory shows its content before the update, as ONNX Runtime has it.
    const aliased = g.updates.some(([target]) => variables.get(target)?.data.buffer === b.data.buffer)
    const shown = aliased ? { ...b, data: new Float64Array(b.data.length) } : b
    if (aliased) steps.push(() => shown.data.set(b.data))
    if (isSuspect(b)) {
      steps.push(() => {
        if (holdsInexact(b)) throw inexact(`an integer of the output '${name}'`)
      })
    }
    outputs[name] = tensor(shown.data, shown.shape, 'float64')
  }
  const shapes = inputs.map(({ buffer }) => buffer.shape)
  return { shapes, contents, feeds: inputs, steps: [...steps, ...before, ...copies], outputs }
}

function feedStep(b: Buffer, what: string): (() => void) | undefined {
  if (b.dtype !== 'bool') return storeStep(b, what)
  return () => {
    for (let i = 0; i < b.data.length; i++) b.data[i] = b.data[i] === 0 ? 0 : 1
  }
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

// The budget of the plan that is being made: bodies of loops, planned within, share it.
let underway: Budget | undefined

/**
 * Plans nodes in order into closures, adding every output's buffer to `buffers`. What depends on constants and
 * shapes alone is computed here, once. Loop plans its body with this too.
 * @param held values that hold what their buffers hold now, whenever the steps run
 * @param most elements of all buffers, where that is not to follow from what is given
 * @throws FrostglassError `unsupported` for more memory or work than the plan's budget; `shape`
 */
export function planNodes(
  nodes: readonly Node[],
  buffers: Map<Value, Buffer>,
  held: ReadonlySet<Value> = new Set(),
  most?: number,
): (() => void)[] {
  if (underway) return planWithin(nodes, buffers, underway, held)
  underway = createBudget(givenTo(nodes, buffers), most)
  try {
    return planWithin(nodes, buffers, underway, held)
  } finally {
    underway = undefined
  }
}

/** The elements of all that nodes are given: buffers that are there, and constants, each once. */
function givenTo(nodes: readonly Node[], buffers: ReadonlyMap<Value, Buffer>): number {
  let given = 0
  for (const b of buffers.values()) given += b.data.length
  const constants = new Set(nodes.flatMap((n) => dependencies(n).filter((v) => v.kind === 'constant')))
  for (const { tensor: t } of constants) given += t!.data.length
  return given
}

function planWithin(
  nodes: readonly Node[],
  buffers: Map<Value, Buffer>,
  budget: Budget,
  held: ReadonlySet<Value>,
): (() => void)[] {
  const folded = new Set<Value>(held)
  // Buffers whose integers are exact, being a node's checked results.
  const checked = new Set<Buffer>()
  const steps: (() => void)[] = []
  const bufferOf = (v: Value): Buffer => {
    let b = buffers.get(v)
    if (!b) {
      b = constantBuffer(v)
      buffers.set(v, b)
      if (!isSuspect(b) || !holdsInexact(b)) checked.add(b)
    }
    if (v.kind === 'constant') folded.add(v)
    return b
  }
  const infoOf = (v: Value): ValueInfo => {
    const b = bufferOf(v)
    return { dtype: b.dtype, shape: b.shape, content: contentOf(v, b) ?? numbers(v) }
  }
  // Of what holds now and later: scales and bounds are of floating point.
  const contentOf = (v: Value, b: Buffer): readonly number[] | undefined =>
    folded.has(v) && b.shape.length <= 1 && b.data.length <= contentLimit ? Array.from(b.data) : undefined
  // A branch that is known before any run: its nodes stand in the place of the node.
  const planTaken = (node: Node, body: Graph): void => {
    for (const inner of body.nodes) planNode(inner, describeNode(inner))
    Object.values(body.outputs).forEach((v, i) => {
      const out = node.outputs[i]!
      buffers.set(out, bufferOf(v))
      if (folded.has(v)) folded.add(out)
    })
  }
  const planNode = (node: Node, what: string): void => {
    // Of what stands in a branch or a body nobody has asked.
    requirePlain(node)
    const inputs = node.inputs.map((v) => v && bufferOf(v))
    const captured = new Map(node.captured.map((v) => [v, bufferOf(v)]))
    if (node.operator.taken && folded.has(node.inputs[0]!)) {
      planTaken(node, node.operator.taken(node.attributes, inputs[0]!.data))
      return
    }
    const infos = node.inputs.map((v) => v && infoOf(v))
    const around = new Map(node.captured.map((v) => [v, infoOf(v)]))
    const inferred = node.operator.infer(infos, node.attributes, what, around)
    const results = measured(node, inferred, inputs, captured)
    const { view } = node.operator
    const isView = typeof view === 'function' ? view(infos as ValueInfo[], node.attributes) : view === true
    const outputs = results.map((r) => {
      if (!isView) return allocate(r, what, budget)
      if (!isStatic(r.shape) || sizeOf(r.shape) !== inputs[0]!.data.length) throw unlike(r, inputs[0]!, what)
      return { data: inputs[0]!.data, shape: r.shape, dtype: r.dtype }
    })
    node.outputs.forEach((v, i) => void buffers.set(v, outputs[i]!))
    const suspects = inputs.filter((b) => b !== undefined && isSuspect(b) && !checked.has(b)) as Buffer[]
    if (!isMover(node.operator.name) || suspects.length === 0) for (const b of outputs) checked.add(b)
    const shapeOnly =
      results.length > 0 && results.every((r) => r.content?.every((d) => typeof d === 'number'))
    const known = !node.operator.random && (shapeOnly || dependencies(node).every((v) => folded.has(v)))
    if (!isView) {
      budget.work(operationsOf(node, infos, results), known, what)
      const planned = stepsOf(node, { inputs, outputs, attributes: node.attributes, captured }, suspects)
      if (known) {
        for (const step of planned) step()
        outputs.forEach(roundKnown)
      } else steps.push(...planned)
    }
    if (known) for (const v of node.outputs) folded.add(v)
  }
  // Shapes that follow from elements, where these are known.
  const measured = (
    { operator, inputs: values, attributes }: Node,
    inferred: readonly ValueInfo[],
    inputs: KernelContext['inputs'],
    captured: KernelContext['captured'],
  ): readonly ValueInfo[] => {
    const open = inferred.some((r) => !isStatic(r.shape))
    if (!open || !operator.measure || !values.every((v) => !v || folded.has(v))) return inferred
    const shapes = operator.measure({ inputs, attributes, captured })
    return inferred.map((r, i) => ({ ...r, shape: shapes[i]! }))
  }
  for (const node of nodes) {
    const what = describeNode(node)
    try {
      planNode(node, what)
    } catch (cause) {
      throw inWords(what, cause)
    }
  }
  return steps
}

/** What a model makes go wrong where nobody looked for it, as an error of ours. */
function inWords(what: string, cause: unknown): FrostglassError {
  if (cause instanceof FrostglassError) return cause
  return new FrostglassError(
    'unsupported',
    `${what} fails: ${(cause as Error).message}`,
    "Compile with executor: 'native', or export the model again.",
    cause,
  )
}

/** The kernel of a node, and what guards it and brings its results to their dtypes. */
function stepsOf(node: Node, context: KernelContext, suspects: readonly Buffer[]): (() => void)[] {
  const { name, kernel } = node.operator
  const what = describeNode(node)
  const { outputs } = context
  const stores = isMover(name) ? [] : outputs.map((b) => storeStep(b, what))
  return [guardStep(name, suspects, outputs[0], what), kernel!(context), ...stores].filter(
    (step) => step !== undefined,
  )
}

function operationsOf(node: Node, infos: readonly (ValueInfo | undefined)[], results: readonly ValueInfo[]) {
  const { flops } = node.operator
  const counted = flops?.(infos, results, node.attributes)
  return counted ?? results.reduce((sum, r) => sum + sizeOf(r.shape as number[]), 0)
}

const unlike = (r: ValueInfo, x: Buffer, what: string): FrostglassError =>
  new FrostglassError('shape', `${what}: [${x.shape}] has not as many elements as [${r.shape}]`)

function numbers(v: Value): readonly number[] | undefined {
  return v.content?.every((d) => typeof d === 'number') ? v.content : undefined
}
