// Holds the values and gradients of both executors against PyTorch's: prints a table by operator, and what differs.
// Source: the cases that torch_cases.py writes. Run: node test/gradients/compare.ts cases.json [held.json]
// The second file gets the counts by operator: `npm run conformance` shows test/gradients/held.json.
// Optional, as PyTorch is: `npm test` holds every rule against differences instead.

import { readFileSync, writeFileSync } from 'node:fs'
import { FrostglassError } from '../../src/errors.ts'
import type { Graph, Value } from '../../src/graph/contract.ts'
import type { Tensors } from '../../src/graph/executor.ts'
import {
  add,
  bindDims,
  compile,
  constant,
  gradients,
  graph,
  mul,
  readOnnx,
  reduceSum,
  type Tensor,
} from '../../src/graph/index.ts'

interface Encoded {
  readonly dtype: 'float32' | 'float64'
  readonly shape: readonly number[]
  readonly data: string
}

interface Case {
  readonly operator: string
  readonly note: string
  readonly model: string
  readonly inputs: Readonly<Record<string, Encoded>>
  readonly values: readonly Encoded[]
  readonly weights: readonly Encoded[]
  readonly gradients: Readonly<Record<string, Encoded>>
}

const tolerance = 2e-5

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'))

function decode({ dtype, shape, data }: Encoded): Tensor {
  const { buffer } = bytes(data)
  return { dtype, shape, data: dtype === 'float32' ? new Float32Array(buffer) : new Float64Array(buffer) }
}

function weightOf(weights: Encoded): Value {
  const { data, shape, dtype } = decode(weights)
  return constant(data, shape, dtype)
}

/** The case's outputs, and the gradients of their weighted sum by its inputs. */
function differentiated(c: Case): Graph {
  const { graph: given } = readOnnx(bytes(c.model), { file: c.operator })
  // A stated size of 0 is read as one that is not stated, as exporters mean it.
  const dims = given.inputs.flatMap((x) => x.shape.map((d, i) => [d, c.inputs[x.name!]!.shape[i]!] as const))
  const read = bindDims(given, Object.fromEntries(dims.filter(([d]) => typeof d === 'string')))
  const outputs = Object.values(read.outputs)
  const loss = outputs.map((y, i) => reduceSum(mul(y, weightOf(c.weights[i]!)))).reduce((a, b) => add(a, b))
  const found: Record<string, Value> = {}
  for (const x of read.inputs) {
    try {
      found[`d ${x.name}`] = gradients(loss, [x])[0]!
    } catch (error) {
      if (!(error instanceof FrostglassError && error.message.includes('does not depend'))) throw error
    }
  }
  return graph({ inputs: read.inputs, outputs: { ...read.outputs, ...found } })
}

/** What differs from what was expected, in words; undefined when nothing does. */
function difference(what: string, expected: Tensor, got: Tensor | undefined): string | undefined {
  const wanted = Array.from(expected.data, Number)
  // No gradient is a gradient of zeros.
  const has = got ? Array.from(got.data, Number) : wanted.map(() => 0)
  if (got && got.shape.join() !== expected.shape.join())
    return `${what}: shape [${got.shape}], expected [${expected.shape}]`
  const scale = wanted.reduce((most, v) => (Number.isFinite(v) ? Math.max(most, Math.abs(v)) : most), 1)
  const at = wanted.findIndex((v, i) => !(Object.is(v, has[i]) || Math.abs(v - has[i]!) <= tolerance * scale))
  return at < 0 ? undefined : `${what}[${at}]: ${has[at]}, expected ${wanted[at]}`
}

async function judge(c: Case, executor: 'plain' | 'native'): Promise<{ kind: string; why: string }> {
  try {
    const program = await compile(differentiated(c), { executor })
    const feeds = Object.fromEntries(Object.entries(c.inputs).map(([name, v]) => [name, decode(v)]))
    const results: Tensors = await program.run(feeds)
    const wrong = [
      ...c.values.map((v, i) => difference(`y${i}`, decode(v), results[`y${i}`])),
      ...Object.entries(c.gradients).map(([name, v]) =>
        difference(`d ${name}`, decode(v), results[`d ${name}`]),
      ),
    ].filter((w) => w !== undefined)
    await program.close()
    return { kind: wrong.length ? 'wrong' : 'right', why: wrong.join('; ') }
  } catch (error) {
    return { kind: error instanceof FrostglassError ? 'refused' : 'untyped', why: (error as Error).message }
  }
}

const cases = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as readonly Case[]
const table = new Map<string, Record<string, number>>()
for (const c of cases) {
  for (const executor of ['plain', 'native'] as const) {
    const { kind, why } = await judge(c, executor)
    const row = table.get(c.operator) ?? {}
    row[`${executor} ${kind}`] = (row[`${executor} ${kind}`] ?? 0) + 1
    table.set(c.operator, row)
    if (kind !== 'right') console.log(`${kind} ${executor} ${c.operator} (${c.note}): ${why}`)
  }
}
console.table(Object.fromEntries(table))
const [, , , held] = process.argv
if (held) {
  const sorted = [...table].toSorted(([a], [b]) => (a < b ? -1 : 1))
  writeFileSync(held, `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`)
}
if ([...table.values()].some((row) => Object.keys(row).some((key) => /wrong|untyped/.test(key))))
  process.exitCode = 1
