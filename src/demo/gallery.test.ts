import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type GalleryOptions, openGallery } from './gallery.ts'
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

describe('the gallery', () => {
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
