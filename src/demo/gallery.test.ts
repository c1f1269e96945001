import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readMetadata } from '../edge/metadata.ts'
import { type Gallery, type GalleryOptions, openGallery } from './gallery.ts'
import { keepPart, readPart } from './galleryCache.ts'

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

  it('says what is wrong with data that it cannot take', async () => {
    const gallery = openGallery(
      { addModel: async () => undefined },
      { ...tiny, data: join(cache, 'nowhere') },
    )
    await expect(gallery.trained).rejects.toMatchObject({ code: 'input' })
    expect(gallery.index().progress.state).toBe('failed')
    expect(gallery.index().progress.doing).toContain('nowhere')
    const colours = openGallery({ addModel: async () => undefined }, { ...tiny, data: 'colored:digits' })
    await expect(colours.trained).rejects.toThrow('grey pictures of 28×28, these are [3,28,28]')
  })

  it('stops when it is told to', async () => {
    const stop = new AbortController()
    const gallery = openGallery(
      { addModel: async () => undefined },
      {
        ...tiny,
        recipe: { ...tiny.recipe!, seed: 4 },
        signal: stop.signal,
        onProgress: () => stop.abort(),
      },
    )
    await expect(gallery.trained).rejects.toMatchObject({ code: 'aborted' })
  })
})

describe('a part of the cache', () => {
  const bytes = (text: string) => new TextEncoder().encode(text)

  it('is the one that was kept first, for both who train at once', () => {
    const folder = join(cache, 'race')
    const first = { files: { a: bytes('first') }, measured: { n: 1 } }
    const second = { files: { a: bytes('second') }, measured: { n: 2 } }
    expect(keepPart(folder, 'part', first)).toEqual(first)
    expect(keepPart(folder, 'part', second)).toEqual(first)
    expect(readPart(folder, 'part')).toEqual(first)
    expect(readdirSync(folder)).toEqual(['part'])
  })

  it('is not there when any of it is damaged, and can be kept again then', () => {
    const folder = join(cache, 'damage')
    const part = { files: { a: bytes('whole') }, measured: 1 }
    for (const [file, content] of [
      ['a', 'cut'],
      ['measured.json', '{"mea'],
    ] as const) {
      keepPart(folder, 'part', part)
      writeFileSync(join(folder, 'part', file), content)
      expect(readPart(folder, 'part')).toBeUndefined()
    }
    expect(keepPart(folder, 'part', part)).toEqual(part)
    expect(readPart(folder, 'part')).toEqual(part)
  })

  it('says where it could not be written', () => {
    const file = join(cache, 'file')
    writeFileSync(file, '')
    expect(() => keepPart(join(file, 'below'), 'part', { files: {}, measured: 1 })).toThrow(/below/)
  })
})
