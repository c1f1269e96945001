// The edge as a browser's bundler sees it: its size without the runtime, and that nothing of Node is in it.

import { resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import { expect, it } from 'vitest'

it('is below 6 kB, minified and compressed, and asks for nothing but the runtime', async () => {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    root: import.meta.dirname,
    build: {
      write: false,
      minify: true,
      target: 'es2023',
      lib: { entry: resolve(import.meta.dirname, 'index.ts'), formats: ['es'] },
      rollupOptions: { external: [/onnxruntime/] },
    },
  })
  const outputs = Array.isArray(built) ? built.flatMap((b) => b.output) : []
  const code = outputs.map((part) => (part.type === 'chunk' ? part.code : '')).join('')
  expect(code).toContain('frostglass-pane')
  const imported = [...code.matchAll(/(?:from|import)\s*\(?\s*["'`]([^"'`]+)["'`]/g)].map((m) => m[1])
  expect(new Set(imported)).toEqual(new Set(['#onnxruntime', '#onnxruntime/webgpu']))
  const size = gzipSync(code).length
  expect(size).toBeLessThan(6000)
})
