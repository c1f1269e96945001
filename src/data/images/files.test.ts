import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import sharp from 'sharp'
import { afterAll, describe, expect, test } from 'vitest'
import { fetchImages, openImages, readCifar, readIdx, readImageFolder } from '../index.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-images-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const at = (name: string) => join(folder, name)
const put = (name: string, bytes: Uint8Array | string) => {
  mkdirSync(join(at(name), '..'), { recursive: true })
  writeFileSync(at(name), bytes)
  return at(name)
}

function idx(magic: number, sizes: readonly number[], elements: Uint8Array): Uint8Array {
  const header = new DataView(new ArrayBuffer(4 + 4 * sizes.length))
  header.setUint32(0, magic)
  sizes.forEach((size, i) => void header.setUint32(4 + 4 * i, size))
  return Buffer.concat([Buffer.from(header.buffer), elements])
}
const counting = (length: number) => Uint8Array.from({ length }, (_, i) => (7 * i) % 256)
const images = (count = 3, height = 2, width = 5) =>
  idx(0x803, [count, height, width], counting(count * height * width))
const labels = (...of: number[]) => idx(0x801, [of.length], Uint8Array.from(of))
const error = (code: string, ...parts: string[]) => ({
  code,
  message: expect.stringMatching(
    new RegExp(parts.map((p) => p.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*'), 's'),
  ),
})

describe('IDX', () => {
  test('images not square, plain and gzip, with their labels; a limit takes the first', async () => {
    const plain = put('a/images', images())
    const packed = put('a/images.gz', gzipSync(images()))
    const of = put('a/labels.gz', gzipSync(labels(4, 0, 2)))
    const set = await readIdx(plain, of)
    expect(set).toMatchObject({ shape: [1, 2, 5], count: 3, labels: { names: ['0', '1', '2', '3', '4'] } })
    expect([...set.labels!.of]).toEqual([4, 0, 2])
    expect(set.pixels).toEqual(counting(30))
    expect((await readIdx(packed)).pixels).toEqual(counting(30))
    const two = await readIdx(packed, of, { limit: 2, names: ['a', 'b', 'c', 'd', 'e'] })
    expect([two.count, two.pixels.length, [...two.labels!.of]]).toEqual([2, 20, [4, 0]])
  })

  const claims = idx(0x803, [4_000_000_000, 60_000, 60_000], new Uint8Array(10))
  test.each([
    ['swapped', labels(1, 2, 3), images(), ['magic number 0x00000803', 'found 0x00000801']],
    ['cut short', images().slice(0, 30), labels(1, 2, 3), ['cut short', 'expected 46 bytes']],
    ['a header alone', images().slice(0, 9), undefined, ['cut short', 'a header of 16']],
    ['no bytes', new Uint8Array(0), undefined, ['cut short']],
    ['absurd sizes', claims, undefined, ['cut short']],
    ['absurd sizes, packed', gzipSync(claims), undefined, ['cut short']],
    [
      'larger than memory, packed',
      gzipSync(Buffer.concat([idx(0x803, [1e6, 60_000, 60_000], new Uint8Array(0)), new Uint8Array(1e7)])),
      undefined,
      ['cut short'],
    ],
    ['sides of 0', idx(0x803, [5, 0, 4], new Uint8Array(0)), undefined, ['5 × 0 × 4']],
    [
      'bytes left over',
      Buffer.concat([images(), new Uint8Array(1)]),
      undefined,
      ['more bytes than the 3 images'],
    ],
    ['no images', idx(0x803, [0, 2, 2], new Uint8Array(0)), undefined, ['0 × 2 × 2']],
    ['counts that differ', images(), labels(1, 2), ['2 labels', '3 images']],
    ['damaged gzip', gzipSync(images()).fill(7, 12), undefined, ['damaged gzip']],
  ])('%s: an error that names the file', async (name, first, second, parts) => {
    const packed = first[0] === 0x1f ? '.gz' : ''
    const path = put(`bad/${name}${packed}`, first)
    const other = second && put(`bad/${name} labels`, second)
    const before = process.memoryUsage().arrayBuffers
    await expect(readIdx(path, other)).rejects.toMatchObject(
      error('input', `bad/${name}`, ...(parts[0] === '2 labels' ? [] : parts)),
    )
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e8)
  })

  test('one label that is damaged makes no hundred classes; classes that do not occur are no damage', async () => {
    const count = 2000
    const path = put('many/images', images(count, 1, 1))
    const of = Array.from({ length: count }, (_, i) => i % 10)
    const read = (changed: readonly number[]) => readIdx(path, put('many/labels', labels(...changed)))
    for (const wrong of [137, 255, 64, 20]) {
      await expect(read(of.with(700, wrong))).rejects.toMatchObject(
        error('input', `many/labels: label 701 is ${wrong}: ${wrong + 1} classes, of which 11 occur`),
      )
    }
    await expect(read(of.map((label) => 20 * label))).rejects.toMatchObject(
      error('input', '181 classes, of which 10 occur'),
    )
    // Threes and sevens of the ten; letters that count from 1 on.
    expect((await read(of.map((label) => (label % 2 ? 3 : 7)))).labels!.names).toHaveLength(8)
    expect((await read(of.map((_, i) => 1 + (i % 26)))).labels!.names).toHaveLength(27)
    // However few are asked for, all say how many there are.
    const few = await readIdx(path, put('many/labels', labels(...of)), { limit: 3 })
    expect([few.labels!.names.length, [...few.labels!.of]]).toEqual([10, [0, 1, 2]])
  })

  test('a gzip is held against its checksum, also where few images are asked for', async () => {
    const packed = gzipSync(images(2000, 4, 4))
    const wrong = Buffer.from(packed)
    wrong[wrong.length - 6]! ^= 1
    for (const [name, bytes] of Object.entries({ wrong, cut: packed.subarray(0, -8) }))
      for (const limit of [1, 2000])
        await expect(readIdx(put(`sum/${name}.gz`, bytes), undefined, { limit })).rejects.toMatchObject(
          error('input', `sum/${name}.gz: damaged gzip file`),
        )
  })

  test('a label beyond the names, a missing file, a folder', async () => {
    const path = put('b/images', images())
    await expect(
      readIdx(path, put('b/labels', labels(0, 1, 9)), { names: ['a', 'b'] }),
    ).rejects.toMatchObject(error('input', 'label 3 is 9, expected 0 to 1'))
    await expect(readIdx(at('b/none'))).rejects.toMatchObject(error('input', 'no such file'))
    await expect(readIdx(at('b'))).rejects.toMatchObject(error('input', 'is a folder'))
  })
})

describe('CIFAR-10', () => {
  const record = (label: number, value: number) =>
    Buffer.concat([Buffer.from([label]), Buffer.alloc(3072, value)])
  test('records, plain and gzip', async () => {
    const set = await readCifar(put('c/x.bin.gz', gzipSync(Buffer.concat([record(9, 1), record(3, 200)]))))
    expect(set).toMatchObject({ shape: [3, 32, 32], count: 2 })
    expect([...set.labels!.of].map((label) => set.labels!.names[label])).toEqual(['truck', 'cat'])
    expect([set.pixels[3071], set.pixels[3072]]).toEqual([1, 200])
  })
  test.each([
    ['cut', record(1, 1).subarray(0, 3000), 'record 1 is cut short'],
    ['label', Buffer.concat([record(1, 1), record(10, 1)]), 'record 2 has label 10'],
    ['empty', Buffer.alloc(0), 'is empty'],
  ])('%s', async (name, bytes, message) => {
    await expect(readCifar(put(`c/${name}.bin`, bytes))).rejects.toMatchObject(error('input', name, message))
  })
  test('a folder of batches has its parts', async () => {
    for (const i of [1, 2]) put(`batches/data_batch_${i}.bin`, record(i, i))
    await expect(openImages(at('batches'), { split: 'test' })).rejects.toMatchObject({
      hint: expect.stringMatching('test_batch'),
    })
    put('batches/test_batch.bin', record(7, 7))
    expect([...(await openImages(at('batches'), { split: 'all' })).labels!.of]).toEqual([1, 2, 7])
    expect((await openImages(at('batches'), { split: 'train', limit: 1 })).count).toBe(1)
  })
})

describe('folders of pictures', () => {
  const flat = (color: string, width = 4, height = 3) =>
    sharp({ create: { width, height, channels: 3, background: color } })

  test('class by class, file by file; grey and colour mixed are RGB, planes in order', async () => {
    put('d/b/2.png', await flat('#102030').png().toBuffer())
    put('d/b/10.jpg', await flat('#808080').toColourspace('b-w').jpeg().toBuffer())
    put('d/a/1.PNG', await flat('#ff0080').png().toBuffer())
    put('d/a/notes.txt', 'no picture')
    put('d/.hidden/x.png', 'no picture')
    const set = await readImageFolder(at('d'))
    expect(set).toMatchObject({ shape: [3, 3, 4], count: 3, files: ['a/1.PNG', 'b/10.jpg', 'b/2.png'] })
    expect([set.labels!.names, [...set.labels!.of]]).toEqual([
      ['a', 'b'],
      [0, 1, 1],
    ])
    const pixel = (image: number, channel: number) => set.pixels[image * 36 + channel * 12 + 5]
    expect([0, 1, 2].map((c) => pixel(0, c))).toEqual([255, 0, 128])
    expect([0, 1, 2].map((c) => pixel(1, c))).toEqual([128, 128, 128])
    expect([0, 1, 2].map((c) => pixel(2, c))).toEqual([16, 32, 48])
    expect((await readImageFolder(at('d'), { channels: 1 })).shape).toEqual([1, 3, 4])
    expect((await readImageFolder(at('d'), { limit: 2 })).files).toEqual(['a/1.PNG', 'b/10.jpg'])
  })

  test('a size: scaled to cover, what stands over cropped evenly', async () => {
    // Left third red, middle green, right blue: a square of the middle is green.
    const stripes = Buffer.concat(
      Array.from({ length: 30 }, () =>
        Buffer.concat(['ff0000', '00ff00', '0000ff'].map((hex) => Buffer.from(hex.repeat(30), 'hex'))),
      ),
    )
    put(
      'e/x.png',
      await sharp(stripes, { raw: { width: 90, height: 30, channels: 3 } })
        .png()
        .toBuffer(),
    )
    put('e/y.png', await flat('#00ff00', 20, 50).png().toBuffer())
    await expect(readImageFolder(at('e'))).rejects.toMatchObject(error('input', 'y.png', '50×20', '30×90'))
    const set = await readImageFolder(at('e'), { size: 10 })
    expect(set).toMatchObject({ shape: [3, 10, 10], count: 2, attributes: {} })
    expect(set.labels).toBeUndefined()
    for (const at of [0, 300]) expect([set.pixels[at + 55], set.pixels[at + 155]]).toEqual([0, 255])
  })

  test('PGM and PPM without sharp, also of fewer levels and with comments', async () => {
    put(
      'f/a.pgm',
      Buffer.concat([Buffer.from('P5\n# a comment\n3 2\n100\n'), Buffer.from([0, 50, 100, 1, 2, 3])]),
    )
    const grey = await readImageFolder(at('f'))
    expect([grey.shape, [...grey.pixels]]).toEqual([
      [1, 2, 3],
      [0, 128, 255, 3, 5, 8],
    ])
    put('f/b.ppm', Buffer.concat([Buffer.from('P6 3 2 255\n'), counting(18)]))
    const both = await readImageFolder(at('f'))
    expect([...both.pixels.subarray(18)]).toEqual(
      [0, 1, 2].flatMap((c) => [0, 1, 2, 3, 4, 5].map((i) => 7 * (3 * i + c))),
    )
    expect((await readImageFolder(at('f'), { size: 2, channels: 1 })).shape).toEqual([1, 2, 2])
    put('f/c.pgm', 'P5 3000 2000 255\nshort')
    await expect(readImageFolder(at('f'))).rejects.toMatchObject(
      error('input', 'c.pgm', 'cut short: 6000000 samples'),
    )
  })

  test.each([
    ['no picture at all', Buffer.from('hello'), ''],
    ['random bytes', randomBytes(500), ''],
    ['empty', Buffer.alloc(0), 'is empty'],
  ])('%s in a class folder: an error that names the file', async (name, bytes, message) => {
    put(`g ${name}/a/1.png`, await flat('red').png().toBuffer())
    put(`g ${name}/a/2.jpg`, bytes)
    await expect(readImageFolder(at(`g ${name}`))).rejects.toMatchObject(error('input', 'a/2.jpg', message))
    await expect(readImageFolder(at(`g ${name}`), { size: 5, channels: 3 })).rejects.toMatchObject(
      error('input', 'a/2.jpg', message),
    )
  })

  test('a JPEG and a PNG that end early are errors, not half a picture', async () => {
    const noise = sharp(randomBytes(64 * 64 * 3), { raw: { width: 64, height: 64, channels: 3 } })
    for (const [name, bytes] of [
      ['cut.jpg', await noise.clone().jpeg().toBuffer()],
      ['cut.png', await noise.clone().png().toBuffer()],
    ] as const) {
      put(`h ${name}/${name}`, bytes.subarray(0, bytes.length / 2))
      await expect(readImageFolder(at(`h ${name}`))).rejects.toMatchObject(
        error('input', name, 'not a picture that can be read'),
      )
    }
  })

  test('nothing there, pictures beside classes, a stop', async () => {
    await expect(readImageFolder(at('nowhere'))).rejects.toMatchObject(error('input', 'no such folder'))
    mkdirSync(at('i/a'), { recursive: true })
    await expect(readImageFolder(at('i'))).rejects.toMatchObject(error('input', 'no pictures found'))
    put('i/a/1.png', await flat('red').png().toBuffer())
    put('i/2.png', await flat('red').png().toBuffer())
    await expect(readImageFolder(at('i'))).rejects.toMatchObject(error('input', '2.png', 'beside folders'))
    await expect(readImageFolder(at('d'), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    })
  })

  test('attributes by file', async () => {
    const csv = put(
      'attributes.csv',
      'file,size,"what, else"\na/1.PNG,10,x\nb/2.png,9,y\nb/10.jpg,10,x\nc/9.png,8,z\n',
    )
    const set = await openImages(at('d'), { split: 'all', attributes: csv })
    expect(set.attributes['size']).toEqual({ names: ['8', '9', '10'], of: Int32Array.of(2, 2, 1) })
    expect(set.attributes['what, else']).toMatchObject({ names: ['x', 'y', 'z'] })
    const part = put('part.csv', 'file,size\na/1.PNG,10\nb/2.png,9\n')
    await expect(openImages(at('d'), { split: 'all', attributes: part })).rejects.toMatchObject(
      error('input', 'part.csv', 'b/10.jpg'),
    )
    const other = put('other.csv', 'picture,size\na/1.PNG,10\nb/2.png,9\n')
    await expect(openImages(at('d'), { split: 'all', attributes: other })).rejects.toMatchObject(
      error('input', 'no column file'),
    )
    await expect(openImages('digits', { split: 'test', attributes: csv })).rejects.toMatchObject({
      code: 'usage',
    })
  })
})

describe('openImages', () => {
  test('a folder without parts: every fifth image of a class is held out, and none is in both', async () => {
    for (const inner of ['a', 'b'])
      for (let i = 0; i < 10; i++)
        put(`j/${inner}/${i}.pgm`, Buffer.concat([Buffer.from('P5 1 1 255\n'), Buffer.from([i])]))
    const [train, test, all] = await Promise.all(
      (['train', 'test', 'all'] as const).map((split) => openImages(at('j'), { split })),
    )
    expect(test!.files).toEqual(['a/4.pgm', 'a/9.pgm', 'b/4.pgm', 'b/9.pgm'])
    expect([...train!.files!, ...test!.files!].sort()).toEqual(all!.files)
    expect(test!.name).toBe('j test')
  })

  test('train and val folders; IDX files of a part', async () => {
    put('k/train/a/1.pgm', 'P5 1 1 255\nx')
    await expect(openImages(at('k'), { split: 'test' })).rejects.toMatchObject(error('input', 'no test part'))
    put('k/val/a/2.pgm', 'P5 1 1 255\ny')
    expect((await openImages(at('k'), { split: 'test' })).files).toEqual(['val/a/2.pgm'])
    expect((await openImages(at('k'), { split: 'all' })).files).toEqual(['train/a/1.pgm', 'val/a/2.pgm'])
    put('l/train-images-idx3-ubyte', images())
    put('l/train-labels-idx1-ubyte', labels(1, 1, 0))
    expect((await openImages(at('l'), { split: 'train', limit: 2 })).count).toBe(2)
    await expect(openImages(at('l'), { split: 'test' })).rejects.toMatchObject({
      hint: 'Put it there; looked for was t10k-images-idx3-ubyte.',
    })
  })

  test('says what it looked for', async () => {
    await expect(openImages(at('none'), { split: 'train' })).rejects.toMatchObject({
      code: 'input',
      hint: expect.stringMatching('digits, mnist, fashion-mnist'),
    })
    mkdirSync(at('m'))
    await expect(openImages(at('m'), { split: 'train' })).rejects.toMatchObject({
      hint: expect.stringMatching('class folders'),
    })
    await expect(openImages(put('m.zip', 'x'), { split: 'train' })).rejects.toMatchObject(
      error('input', 'm.zip'),
    )
    await expect(openImages('digits', { split: 'train', limit: 0 })).rejects.toMatchObject({ code: 'usage' })
    await expect(openImages(`colored:${at('batches')}`, { split: 'train' })).rejects.toMatchObject(
      error('shape', '3 channels'),
    )
  })
})

test('a set by URL: fetched once into the cache, checked, read from there', async () => {
  const files = new Map([
    ['/t10k-images-idx3-ubyte.gz', gzipSync(images())],
    ['/t10k-labels-idx1-ubyte.gz', gzipSync(labels(0, 1, 1))],
  ])
  let asked = 0
  const server = createServer((request, response) => {
    asked++
    const bytes = files.get(request.url!)
    if (bytes) response.end(bytes)
    else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const sha256 = Object.fromEntries(
      [...files].map(([name, bytes]) => [name.slice(1), createHash('sha256').update(bytes).digest('hex')]),
    )
    const remote = {
      base: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      classes: ['x', 'y'],
      sha256: { ...sha256, 'train-images-idx3-ubyte.gz': '0'.repeat(64) },
    }
    const options = { remote, cache: at('cache') }
    expect(await fetchImages('mnist', 'test', options)).toMatchObject({
      count: 3,
      name: 'mnist test',
      labels: { names: ['x', 'y'] },
    })
    expect((await fetchImages('mnist', 'test', { ...options, limit: 2 })).count).toBe(2)
    expect(asked).toBe(2)
    expect(readFileSync(at('cache/mnist/t10k-images-idx3-ubyte.gz')).length).toBe(
      files.get('/t10k-images-idx3-ubyte.gz')!.length,
    )
    await expect(fetchImages('mnist', 'train', options)).rejects.toMatchObject({
      code: 'io',
      hint: expect.stringMatching('by other means'),
    })
    files.set('/t10k-images-idx3-ubyte.gz', gzipSync(images(4)))
    await expect(fetchImages('mnist', 'test', { ...options, cache: at('cache2') })).rejects.toMatchObject(
      error('input', 'expected SHA-256'),
    )
  } finally {
    server.close()
  }
})
