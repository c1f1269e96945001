// Builds packages/edge/dist, the package @frostglass/edge as it is published: two doors bundled from src/edge, their types, a manifest.
// Source: vite's library mode; what a door needs of other rooms is inside, so that the package depends on its peers alone.
// Script: npm run build -w packages/edge. Publish that folder: npm publish packages/edge/dist.

import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { build } from 'vite'

const root = resolve(import.meta.dirname, '..')
const edge = join(root, 'packages/edge')
const target = join(edge, 'dist')
const doors = { index: 'src/edge/index.ts', encrypted: 'src/edge/encrypted.ts' }

rmSync(target, { recursive: true, force: true })
await build({
  configFile: false,
  root,
  logLevel: 'error',
  publicDir: false,
  build: {
    outDir: target,
    target: 'es2023',
    minify: false,
    lib: {
      entry: Object.fromEntries(Object.entries(doors).map(([door, path]) => [door, join(root, path)])),
      formats: ['es'],
    },
    rolldownOptions: {
      external: [/^#onnxruntime/, /^node-seal/, /^onnxruntime-/],
      output: { entryFileNames: '[name].js', chunkFileNames: 'shared-[hash].js' },
    },
  },
})
writeTypes()
writeManifest()

/** Declarations of the two doors, and of what they speak of; of nothing else. */
function writeTypes(): void {
  const all = join(edge, 'dist/all-types')
  const settings = ['--declaration', '--emitDeclarationOnly', '--noEmit', 'false', '--outDir', all]
  const compiled = spawnSync('tsc', ['-p', join(edge, 'tsconfig.json'), ...settings], { stdio: 'inherit' })
  if (compiled.status !== 0) process.exit(compiled.status ?? 1)
  const waiting = Object.values(doors)
  const copied = new Set<string>()
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (copied.has(path)) continue
    copied.add(path)
    const from = join(all, relative('src', path).replace(/\.ts$/, '.d.ts'))
    const text = readFileSync(from, 'utf8')
    for (const [, name = ''] of text.matchAll(/(?:from|import\()\s*['"](\.[^'"]+)['"]/g))
      waiting.push(join(dirname(path), name))
    const to = join(target, 'types', relative(all, from))
    mkdirSync(dirname(to), { recursive: true })
    writeFileSync(to, text.replace(/((?:from|import\()\s*['"]\.[^'"]+)\.ts(['"])/g, '$1.js$2'))
  }
  rmSync(all, { recursive: true })
}

/** The manifest of what is published: that of the workspace, with the built doors. */
function writeManifest(): void {
  const {
    private: _,
    scripts: __,
    ...manifest
  } = JSON.parse(readFileSync(join(edge, 'package.json'), 'utf8')) as Record<string, unknown>
  const door = (name: keyof typeof doors) => ({
    types: `./types/${relative('src', doors[name]).replace(/\.ts$/, '.d.ts')}`,
    default: `./${name}.js`,
  })
  const published = {
    ...manifest,
    exports: { '.': door('index'), './encrypted': door('encrypted'), './package.json': './package.json' },
    imports: { '#onnxruntime': 'onnxruntime-web/wasm' },
  }
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(published, null, 2)}\n`)
  for (const file of ['LICENSE', 'NOTICE']) cpSync(join(root, file), join(target, file))
  cpSync(join(edge, 'README.md'), join(target, 'README.md'))
}
