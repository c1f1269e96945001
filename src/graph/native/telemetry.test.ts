import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { graph } from '../graph.ts'
import { writeOnnx } from '../onnx/write.ts'
import { relu } from '../operators/elementwise.ts'
import { input } from '../value.ts'

const places: string[] = []
afterAll(() => {
  for (const place of places) rmSync(place, { recursive: true, force: true })
})

/** All files that a program leaves. Its environment is new: ONNX Runtime tells nothing anyway where a variable names a build server. */
function leftBy(program: string): string[] {
  const place = mkdtempSync(join(tmpdir(), 'frostglass-silent-'))
  places.push(place)
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
    cwd: import.meta.dirname,
    env: { HOME: place, TMPDIR: place },
  })
  expect(stderr).toBe('')
  expect(status).toBe(0)
  return (readdirSync(place, { recursive: true, encoding: 'utf8' }) as string[]).toSorted()
}

const url = (name: string) => JSON.stringify(new URL(name, import.meta.url).href)
const x = input('x', ['N', 2])
const model = `Uint8Array.from(${JSON.stringify([...writeOnnx(graph({ inputs: [x], outputs: { y: relu(x) } }))])})`
const run = `
const { compile } = await import(${url('../compile.ts')})
const { readOnnx } = await import(${url('../onnx/read.ts')})
const program = await compile(readOnnx(${model}).graph, { executor: 'native' })
await program.run({ x: { dtype: 'float32', shape: [1, 2], data: Float32Array.of(1, 2) } })
await program.close()`

describe('ONNX Runtime tells nobody', () => {
  it('of a graph that runs here', () => {
    expect(leftBy(run)).toEqual([])
  })

  it('of one that runs in a thread', () => {
    const thread = JSON.stringify(`data:text/javascript,${encodeURIComponent(run)}`)
    const program = `
await import(${url('../compile.ts')})
const { Worker } = await import('node:worker_threads')
new Worker(new URL(${thread}))`
    expect(leftBy(program)).toEqual([])
  })

  it('of a model that is served', () => {
    const program = `
const { startService } = await import(${url('../../serve/v2/index.ts')})
const running = await startService({ models: [{ name: 'm', bytes: ${model} }], port: 0 })
await running.close()`
    expect(leftBy(program)).toEqual([])
  })

  it.runIf(process.platform === 'linux')('though it would: else this test has nothing to find', () => {
    const program = `
const { InferenceSession } = await import('onnxruntime-node')
await InferenceSession.create(${model})`
    expect(leftBy(program)).toContain('.ses')
  })
})
