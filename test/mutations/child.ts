// A process that reads, compiles and runs altered models one after another, and says what became of each: it may crash.
// Arguments: the seed of the run, the first model, how many.

import { readFileSync, writeFileSync, writeSync } from 'node:fs'
import { FrostglassError } from '../../src/errors.ts'
import type { Graph } from '../../src/graph/contract.ts'
import { compile, readOnnx, sizeOf, type Tensors, tensor } from '../../src/graph/index.ts'
import { seededRandom } from '../../src/random/seeded.ts'
import { mutated } from './mutate.ts'

const [seed, first, count] = process.argv.slice(2).map(Number) as [number, number, number]
const say = (line: unknown) => writeSync(1, `${JSON.stringify(line)}\n`)

/** The most memory since `forget`, in bytes; 0 where the system does not say. */
const peak = (): number => {
  const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(status()) ?? []
  return Number(kilobytes ?? 0) * 1024
}
const status = (): string => {
  try {
    return readFileSync('/proc/self/status', 'utf8')
  } catch {
    return ''
  }
}
const forget = (): void => {
  try {
    writeFileSync('/proc/self/clear_refs', '5')
  } catch {
    // Then the peak is that of all models so far.
  }
}

async function outcome(work: () => unknown): Promise<string> {
  try {
    return ((await work()) as string | undefined) ?? 'done'
  } catch (error) {
    if (error instanceof FrostglassError) return error.code
    return `untyped: ${(error as Error).stack ?? error}`
  }
}

/** Something to feed; undefined when it would be large by what the inputs themselves state. */
function feedsOf(g: Graph): Tensors | undefined {
  const feeds: Record<string, ReturnType<typeof tensor>> = {}
  for (const v of g.inputs) {
    const shape = v.shape.map((d) => (typeof d === 'number' ? d : 2))
    const size = sizeOf(shape)
    if (!(size <= 2 ** 16) || v.dtype === 'string') return undefined
    feeds[v.name!] = tensor(
      Array.from({ length: size }, (_, i) => i % 3),
      shape,
      v.dtype,
    )
  }
  return feeds
}

async function run(g: Graph, executor: 'plain' | 'native'): Promise<string> {
  const program = await compile(g, { executor, threads: 1 })
  const feeds = feedsOf(g)
  if (!feeds) return 'not fed'
  await program.run(feeds)
  await program.close()
  return 'done'
}

for (let i = first; i < first + count; i++) {
  const { name, how, bytes } = mutated(seededRandom(seed * 1_000_000 + i))
  say({ i, name, how, begins: true })
  globalThis.gc?.()
  forget()
  const before = peak()
  const time = process.cpuUsage()
  let g: Graph | undefined
  const read = await outcome(() => {
    g = readOnnx(bytes, { file: 'mutated.onnx' }).graph
  })
  const at = g
  const plain = at ? await outcome(() => run(at, 'plain')) : 'unread'
  say({ i, reached: true })
  const native = at ? await outcome(() => run(at, 'native')) : 'unread'
  const { user, system } = process.cpuUsage(time)
  const memory = peak() - before
  say({ i, name, how, read, plain, native, seconds: (user + system) / 1e6, memory, size: bytes.length })
}
