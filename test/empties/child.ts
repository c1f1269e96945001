// A process that runs each case on empty tensors, fed and made within the graph by what is fed, and says what became of it: it may
// end at any of them. Arguments: the first case, and the first trial of it.

import { writeSync } from 'node:fs'
import { FrostglassError } from '../../src/errors.ts'
import type { Value } from '../../src/graph/contract.ts'
import type { Program, Tensors } from '../../src/graph/executor.ts'
import { graph } from '../../src/graph/graph.ts'
import { compileNative } from '../../src/graph/native/program.ts'
import { sliceOperator } from '../../src/graph/operators/slice.ts'
import { compilePlain } from '../../src/graph/plain/program.ts'
import { unknownDim } from '../../src/graph/shape.ts'
import { sizeOf, tensor } from '../../src/graph/tensor.ts'
import { compareTensors } from '../../src/graph/testing.ts'
import { apply, input, integers } from '../../src/graph/value.ts'
import { type Case, cases } from './cases.ts'

/** The sizes that each trial feeds: every axis of every input empty, and all axes of a size. */
function trials({ shapes }: Case): (readonly number[])[][] {
  const without = (empty: (d: number, i: number, axis: number) => boolean) =>
    shapes.map((shape, i) => shape.map((d, axis) => (empty(d, i, axis) ? 0 : d)))
  const one = shapes.flatMap((shape, i) =>
    shape.map((_, axis) => without((_d, j, a) => i === j && a === axis)),
  )
  const alike = [...new Set(shapes.flat())].map((size) => without((d) => d === size))
  return [shapes.map((s) => s), ...one, ...alike, without(() => true), without((_d, _i, axis) => axis === 0)]
}

const numbers = (shape: readonly number[]) =>
  tensor(
    Array.from({ length: sizeOf(shape) }, (_, i) => 0.5 + Math.sin(i)),
    shape,
  )

const outputs = (values: readonly Value[]) => Object.fromEntries(values.map((v, i) => [`y${i}`, v]))

/** What becomes of a run: its results, or the refusal. */
async function attempt(program: Program, feeds: Tensors): Promise<Tensors | string> {
  try {
    const results = await program.run(feeds)
    return Object.fromEntries(
      Object.entries(results).map(([name, t]) => [name, { ...t, data: t.data.slice() as typeof t.data }]),
    )
  } catch (error) {
    if (error instanceof FrostglassError) return `refused: ${error.message}`
    return `untyped: ${(error as Error).stack}`
  }
}

function differences(expected: Tensors, got: Tensors): string | undefined {
  try {
    for (const [name, t] of Object.entries(expected)) compareTensors(name, t, got[name]!, 1e-3)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

/** A case on inputs of free sizes, and on such that a Slice by fed ends has cut. */
async function programsOf(c: Case) {
  const free = c.shapes.map((shape, i) => input(`x${i}`, shape.map(unknownDim)))
  const whole = c.shapes.map((shape, i) => input(`x${i}`, shape))
  const ends = c.shapes.map((shape, i) => input(`end${i}`, [shape.length], 'int64'))
  const cut = whole.map((x, i) =>
    apply(sliceOperator, [
      x,
      integers(c.shapes[i]!.map(() => 0)),
      ends[i],
      integers(c.shapes[i]!.map((_, a) => a)),
    ]),
  )
  const g = graph({ inputs: free, outputs: outputs(c.build(free)) })
  const within = graph({ inputs: [...whole, ...ends], outputs: outputs(c.build(cut)) })
  const ours = g.nodes.every(({ operator }) => operator.kernel || operator.view)
  return {
    fed: await compileNative(g, { threads: 1 }),
    inside: await compileNative(within, { threads: 1 }),
    plain: ours ? compilePlain(g) : undefined,
  }
}

const [first, trial] = process.argv.slice(2).map(Number) as [number, number]
const say = (line: unknown) => writeSync(1, `${JSON.stringify(line)}\n`)
for (let at = first; at < cases.length; at++) {
  const c = cases[at]!
  const { fed, inside, plain } = await programsOf(c)
  const all = trials(c)
  for (let i = at === first ? trial : 0; i < all.length; i++) {
    const shapes = all[i]!
    say({ at, i, name: c.name, shapes })
    const empty = Object.fromEntries(shapes.map((shape, j) => [`x${j}`, numbers(shape)]))
    const expected = plain && (await attempt(plain, empty))
    const byEnds = Object.fromEntries(
      shapes.flatMap((shape, j) => [
        [`x${j}`, numbers(c.shapes[j]!)],
        [`end${j}`, tensor(shape, [shape.length], 'int64')],
      ]),
    )
    const found = [await attempt(fed, empty), await attempt(inside, byEnds)]
    const said = found.map((f) => (typeof f === 'string' ? f : 'done'))
    const [outside] = found
    const wrong =
      typeof outside === 'object' && typeof expected === 'object' && differences(expected, outside)
    say({ at, i, name: c.name, shapes, said, wrong: wrong || undefined })
  }
  await fed.close()
  await inside.close()
}
