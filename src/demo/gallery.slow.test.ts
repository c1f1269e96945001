import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readMetadata } from '../edge/metadata.ts'
import { type Gallery, type GalleryOptions, openGallery } from './gallery.ts'

const cache = mkdtempSync(join(tmpdir(), 'frostglass-gallery-'))
const before = process.env['FROSTGLASS_CACHE']
beforeAll(() => {
  process.env['FROSTGLASS_CACHE'] = cache
})
afterAll(() => {
  if (before === undefined) delete process.env['FROSTGLASS_CACHE']
  else process.env['FROSTGLASS_CACHE'] = before
  rmSync(cache, { recursive: true, force: true })
})

const tiny: GalleryOptions = {
  limits: { train: 200, test: 50 },
  bottlenecks: [64, 8],
  recipe: { epochs: { classifier: 2, pane: 1, attack: 1 }, seed: 3 },
  workers: 2,
}

/** Every file in a folder, with the moment when it was written last. */
const filesOf = (folder: string) =>
  (readdirSync(folder, { recursive: true, encoding: 'utf8' }) as string[])
    .sort()
    .map((name) => `${name} ${statSync(join(folder, name)).mtimeMs}`)

/** A gallery, once it is trained, and the models that it has put on its shelf. */
async function opened(
  options: GalleryOptions,
): Promise<{ gallery: Gallery; models: Map<string, Uint8Array> }> {
  const models = new Map<string, Uint8Array>()
  const gallery = openGallery(
    { addModel: async ({ name, bytes }) => void models.set(name, bytes) },
    { ...tiny, ...options },
  )
  await gallery.trained
  return { gallery, models }
}

describe('the gallery', () => {
  it('trains, tells what it measured, and takes all of it from the cache the second time', async () => {
    const told: string[] = []
    const shelf = { addModel: async () => undefined }
    const early = openGallery(shelf, { ...tiny, onProgress: ({ state }) => void told.push(state) })
    expect(early.index()).toMatchObject({ panes: [], bottlenecks: [8, 64], progress: { state: 'training' } })
    await early.trained
    const first = early.index()
    expect(told.at(-1)).toBe('ready')
    expect(first.progress).toMatchObject({ state: 'ready', share: 1 })
    expect(first.panes.map((pane) => pane.name)).toEqual(['mlp-8', 'mlp-64'])
    expect(first.data).toEqual({ name: 'digits', training: 200, test: 50 })
    expect(first.digits.count).toBe(50)
    expect(first.classifier?.parameters).toBe(932_362)
    for (const pane of first.panes) {
      expect(pane.parameters).toBe(1569 * pane.bottleneck + 784)
      const file = early.pane(pane.name)!
      expect(pane.bytes).toBe(file.length)
      const card = JSON.parse(readMetadata(file)['frostglass']!)
      // Measured twice, by the trainer of panes and by the gallery: one number.
      expect(pane.accuracy).toBeCloseTo(card.measured.obfuscated, 6)
      const [low, high] = pane.likeness.interval
      expect(low).toBeLessThanOrEqual(pane.likeness.ssim)
      expect(high).toBeGreaterThanOrEqual(pane.likeness.ssim)
    }

    const written = filesOf(cache)
    const again = await opened({})
    expect(written.length).toBeGreaterThan(6)
    expect(filesOf(cache)).toEqual(written)
    expect(again.gallery.index().panes).toEqual(first.panes)
    expect([...again.models.keys()].sort()).toEqual(['digits', 'recnet-mlp-64', 'recnet-mlp-8'])

    // A file that is damaged is not served: that part alone is trained anew.
    const folder = join(
      cache,
      'gallery',
      readdirSync(join(cache, 'gallery')).find((name) => !name.startsWith('.'))!,
    )
    const panes = join(folder, readdirSync(folder).find((name) => name.startsWith('before-'))!)
    const kept = readFileSync(join(panes, 'mlp-64', 'pane.onnx'))
    writeFileSync(join(panes, 'mlp-8', 'pane.onnx'), 'cut short')
    const healed = await opened({})
    expect(healed.gallery.index().panes.map((pane) => pane.name)).toEqual(['mlp-8', 'mlp-64'])
    expect(healed.gallery.pane('mlp-8')!.length).toBeGreaterThan(1000)
    expect(Buffer.compare(healed.gallery.pane('mlp-64')!, kept)).toBe(0)

    // Panes stand before one classifier: they are kept beside its fingerprint.
    writeFileSync(join(folder, 'classifier', 'classifier.onnx'), 'cut short')
    const anew = await opened({})
    expect(anew.gallery.index().panes).toHaveLength(2)
    const sums = anew.gallery.index().panes.map(({ name }) => {
      const card = JSON.parse(readMetadata(anew.gallery.pane(name)!)['frostglass']!)
      return card.classifier.sha256
    })
    const now = createHash('sha256').update(anew.models.get('digits')!).digest('hex')
    expect(sums).toEqual([now, now])
  })
})
