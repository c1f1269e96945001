// Builds packages/edge/dist, the package @frostglass/edge as it is published: five doors bundled from src/edge, their types, a manifest.
// Source: vite's library mode; what a door needs of other rooms is inside, so that the package depends on its peers alone.
// Script: npm run build -w packages/edge. Publish that folder: npm publish packages/edge/dist.

import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build } from 'vite'
import { writeDeclarations } from './declarations.ts'

const root = resolve(import.meta.dirname, '..')
const edge = join(root, 'packages/edge')
const target = join(edge, 'dist')
const doors = {
  index: 'edge/index.ts',
  encrypted: 'edge/encrypted.ts',
  certified: 'edge/certified.ts',
  fleet: 'edge/fleet.ts',
  fleetStep: 'edge/fleetStep.ts',
}

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
      entry: Object.fromEntries(Object.entries(doors).map(([door, path]) => [door, join(root, 'src', path)])),
      formats: ['es'],
    },
    rolldownOptions: {
      external: [/^#onnxruntime/, /^node-seal/, /^onnxruntime-/],
      output: {
        entryFileNames: '[name].js',
        chunkFileNames: 'shared-[hash].js',
        // Without comments and spaces, with its names: a megabyte holds all doors.
        minify: { compress: false, mangle: false, codegen: true },
      },
    },
  },
})
writeDeclarations(join(edge, 'tsconfig.json'), Object.values(doors), join(target, 'types'))
writeManifest()

/** The manifest of what is published: that of the workspace, with the built doors. */
function writeManifest(): void {
  const {
    private: _,
    scripts: __,
    ...manifest
  } = JSON.parse(readFileSync(join(edge, 'package.json'), 'utf8')) as Record<string, unknown>
  const door = (name: keyof typeof doors) => ({
    types: `./types/${doors[name].replace(/\.ts$/, '.d.ts')}`,
    default: `./${name}.js`,
  })
  const published = {
    ...manifest,
    exports: {
      '.': door('index'),
      './encrypted': door('encrypted'),
      './certified': door('certified'),
      './fleet': door('fleet'),
      './fleet/step': door('fleetStep'),
      './package.json': './package.json',
    },
    imports: { '#onnxruntime': 'onnxruntime-web/wasm' },
  }
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(published, null, 2)}\n`)
  for (const file of ['LICENSE', 'NOTICE']) cpSync(join(root, file), join(target, file))
  cpSync(join(edge, 'README.md'), join(target, 'README.md'))
}
