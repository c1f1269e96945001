// The edge as a browser's bundler sees it: its size without the runtime, and that nothing of Node is in it.

import { expect, it } from 'vitest'
import { bundled } from '../../test/bundled.ts'

it('is below 6 kB, minified and compressed, and asks for nothing but the runtime', async () => {
  const { code, imported, size } = await bundled(import.meta.dirname, 'index.ts', [/onnxruntime/])
  expect(code).toContain('frostglass-pane')
  expect(imported).toEqual(new Set(['#onnxruntime']))
  expect(size).toBeLessThan(6000)
})

it('of certified releases is below 10.5 kB, and asks for nothing but the runtime', async () => {
  const { imported, size } = await bundled(import.meta.dirname, 'certified.ts', [/onnxruntime/])
  expect(imported).toEqual(new Set(['#onnxruntime']))
  expect(size).toBeLessThan(10_500)
})

it('of fleets is below 39 kB, and asks for nothing', async () => {
  const { imported, size } = await bundled(import.meta.dirname, 'fleet.ts', [/^node:/, /onnxruntime/])
  expect(imported).toEqual(new Set())
  expect(size).toBeLessThan(39_000)
})

it('of learning by steps is below 130 kB, and asks for nothing, the native runtime neither', async () => {
  const { imported, size } = await bundled(import.meta.dirname, 'fleetStep.ts', [/^node:/, /onnxruntime/])
  expect(imported).toEqual(new Set())
  expect(size).toBeLessThan(130_000)
})

it('of encrypted inference is below 23.2 kB, and asks for SEAL alone', async () => {
  const { imported, size } = await bundled(import.meta.dirname, 'encrypted.ts', [/^node:/, 'node-seal'])
  expect(imported).toEqual(new Set(['node-seal']))
  expect(size).toBeLessThan(23_200)
})
