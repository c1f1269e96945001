// What comes with each door of the package: which libraries are loaded by an import alone; and that doors name single files.
// Each door is imported in a process of its own, and asked what it loaded.

import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '..')
const sources = join(root, 'src')
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly exports: Record<string, string | { readonly default: string }>
  readonly dependencies: Record<string, string>
}

/** The source of each door, by the name that it is imported by. */
const doors = Object.entries(manifest.exports).flatMap(([name, door]) =>
  typeof door === 'string' ? [] : [[name, door.default.replace('./dist/', 'src/').replace(/\.js$/, '.ts')]],
) as [name: string, path: string][]

/** Direct dependencies that a program loads. @param program of ES modules; `door` is its address */
function loadedBy(path: string, program: string): string[] {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `
import { registerHooks } from 'node:module'
const loaded = []
registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context) } })
const door = ${JSON.stringify(pathToFileURL(join(root, path)).href)}
${program}
process.stdout.write(JSON.stringify(loaded))
process.exit(0)`,
    ],
    { encoding: 'utf8', cwd: root },
  )
  expect(stderr).toBe('')
  expect(status).toBe(0)
  const packages = (JSON.parse(stdout) as string[]).flatMap(
    (url) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? [],
  )
  return [...new Set(packages)].filter((name) => name in manifest.dependencies).toSorted()
}

const files = ['@bufbuild/protobuf']
const hashes = ['@noble/hashes']
const keyed = [...files, ...hashes, '@noble/ciphers', 'ml-matrix', 'zod']

/** What an import of a door loads at most. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  '.': [...keyed, 'simple-statistics'],
  './graph': files,
  './learn': [...files, ...hashes],
  './data': [],
  // Limits of certificates.
  './protect': [...keyed, 'simple-statistics'],
  './audit': [...keyed, 'fast-png', 'simple-statistics'],
  './private': [...files, ...hashes, 'ml-matrix', 'zod'],
  './fleet': [...files, ...hashes, 'ml-matrix', 'zod'],
  './encrypt': [...files, ...hashes, '@noble/ciphers', 'ml-matrix'],
  './serve': [...keyed, 'simple-statistics'],
  './serve/v2': [...files, '@hono/node-server', '@hono/zod-openapi', 'hono', 'prom-client', 'zod'],
}

describe('a door', () => {
  it.each(doors)('%s loads no more than what all its users need', (name, path) => {
    const loaded = loadedBy(path, 'await import(door)')
    expect(loaded.filter((one) => !allowed[name]?.includes(one))).toEqual([])
  })

  it.each<[string, string, string, string]>([
    [
      'DuckDB, once a table is opened',
      './data',
      'await (await import(door)).readWheat()',
      '@duckdb/node-api',
    ],
    [
      'ONNX Runtime, once a program is compiled for it',
      './graph',
      `const { compile, graph, input, relu } = await import(door)
const x = input('x', [1])
await (await compile(graph({ inputs: [x], outputs: { y: relu(x) } }), { executor: 'native' })).close()`,
      'onnxruntime-node',
    ],
  ])('loads %s', (_, name, program, library) => {
    const path = new Map(doors).get(name) as string
    expect(loadedBy(path, 'await import(door)')).not.toContain(library)
    expect(loadedBy(path, program)).toContain(library)
  })

  it('takes each name from the file that has it: nothing is exported by a star, and no door through another', () => {
    const modules = readdirSync(sources, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
      .map((file) => ({ file, text: readFileSync(join(sources, file), 'utf8') }))
    expect(modules.filter(({ text }) => /^export \*/m.test(text)).map(({ file }) => file)).toEqual([])
    const handsOn = /^export [^'"=;]*from '([^']+)'/gm
    const barrels = new Set(
      modules
        .filter(({ file, text }) => basename(file) === 'index.ts' && text.match(handsOn))
        .map(({ file }) => file),
    )
    expect(barrels.size).toBeGreaterThan(9)
    const through = modules
      .filter(({ file }) => barrels.has(file))
      .flatMap(({ file, text }) =>
        [...text.matchAll(handsOn)]
          .map(([, from]) => join(dirname(file), from!))
          .filter((from) => barrels.has(from))
          .map((from) => `${file} through ${from}`),
      )
    expect(through).toEqual([])
  })
})
