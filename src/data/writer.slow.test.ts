import { spawn, spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { sha256File } from './files.ts'
import { createTableWriter, readTable, type WriterColumn } from './index.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-writer-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let made = 0
function freshFolder(): string {
  const path = join(folder, String(made++))
  mkdirSync(path)
  return path
}

const xy: WriterColumn[] = [
  { name: 'x', type: 'double' },
  { name: 'y', type: 'integer' },
]

/** The 64 bits of each number, so that -0 and 0 differ. */
function bits(values: ArrayLike<number>): bigint[] {
  return [...new BigUint64Array(Float64Array.from(values).buffer)]
}

describe('round trips', () => {
  const finite = fc.double({ noNaN: true, noDefaultInfinity: true })
  const text = fc
    .string({ minLength: 1, maxLength: 8, unit: 'grapheme' })
    .filter(
      (word) => /\S/.test(word) && word.trim() === word && !word.includes('\0') && Number.isNaN(Number(word)),
    )
    .filter((word) => !['NA', 'N/A', '?', 'null', 'NULL', 'NaN', 'nan'].includes(word))
  const table = fc.record({
    doubles: fc.array(finite, { minLength: 1, maxLength: 60 }),
    categories: fc.uniqueArray(text, { minLength: 1, maxLength: 5 }).map((words) => words.sort()),
    name: text,
  })

  test.each(['csv', 'tsv', 'parquet'])('random tables through .%s, equal bit for bit', async (extension) => {
    await fc.assert(
      fc.asyncProperty(table, async ({ doubles, categories, name }) => {
        const path = join(folder, `random.${extension}`)
        const integers = doubles.map((_, i) => (i - 3) * 2 ** (i % 50))
        const codes = Int32Array.from(doubles, (_, i) => i % categories.length)
        const writer = await createTableWriter(path, [
          { name: `d${name}`, type: 'double' },
          { name: 'i', type: 'integer' },
          { name: 't', type: 'text', categories },
        ])
        await writer.write([Float64Array.from(doubles), Float64Array.from(integers), codes])
        expect(await writer.finish()).toBe(doubles.length)
        const back = await readTable(path, { columns: { t: 'categorical' } })
        expect(back.schema.columns.map((column) => column.name)).toEqual([`d${name}`, 'i', 't'])
        expect(bits(back.columns[0]!)).toEqual(bits(doubles))
        expect(bits(back.columns[1]!)).toEqual(bits(integers.map((value) => value + 0)))
        const column = back.schema.columns[2]!
        const texts = column.kind === 'categorical' ? column.categories : []
        expect([...back.columns[2]!].map((code) => texts[code])).toEqual(
          [...codes].map((code) => categories[code]),
        )
      }),
      { seed: 3, numRuns: 15 },
    )
  })

  test.each(['csv', 'parquet'])('the digest asked for is that of the .%s', async (extension) => {
    const path = join(folder, `digest.${extension}`)
    const writer = await createTableWriter(path, xy, { order: 'by-key', digest: true })
    // More than two groups of rows, so that some are written before the rest comes.
    const rows = 300_000
    const x = Float64Array.from({ length: rows }, (_, i) => Math.sqrt(i))
    await writer.write([x, new Float64Array(rows)], new BigUint64Array(rows))
    expect(() => writer.digest()).toThrow(TypeError)
    await writer.finish()
    expect(writer.digest()).toEqual({ bytes: statSync(path).size, sha256: await sha256File(path) })
  })

  test('CSV has the shortest decimals, and a header', async () => {
    const path = join(folder, 'plain.csv')
    const writer = await createTableWriter(path, [
      ...xy,
      { name: 'a,b', type: 'text', categories: ['p"q', 'r'] },
    ])
    await writer.write([
      [0.1, 1e300, -0],
      [1, -2, 2 ** 53 - 1],
      [0, 1, 1],
    ])
    await writer.finish()
    expect(readFileSync(path, 'utf8')).toBe('x,y,"a,b"\n0.1,1,"p""q"\n1e+300,-2,r\n-0.0,9007199254740991,r\n')
  })

  test('many row groups, many categories, from pieces of any size', async () => {
    const path = join(folder, 'groups.parquet')
    const categories = Array.from({ length: 300 }, (_, i) => `c${String(i).padStart(3, '0')}`)
    const writer = await createTableWriter(path, [
      { name: 'x', type: 'double' },
      { name: 't', type: 'text', categories },
    ])
    const rows = 300_000
    for (let from = 0; from < rows; from += 77_777) {
      const count = Math.min(77_777, rows - from)
      const x = Float64Array.from({ length: count }, (_, i) => from + i)
      await writer.write([x, Int32Array.from(x, (value) => value % 300)])
      x.fill(-1)
    }
    await writer.finish()
    const back = await readTable(path)
    expect(back.rows).toBe(rows)
    expect(back.columns[0]!.every((value, i) => value === i)).toBe(true)
    expect(back.columns[1]!.every((value, i) => value === i % 300)).toBe(true)
  })

  test('a table without rows', async () => {
    for (const extension of ['csv', 'parquet']) {
      const path = join(folder, `none.${extension}`)
      const writer = await createTableWriter(path, xy)
      expect(await writer.finish()).toBe(0)
      await expect(readTable(path)).rejects.toThrow('has no rows')
    }
  })
})

describe('order by key', () => {
  test.each(['csv', 'parquet'])('.%s comes out sorted, ties as written', async (extension) => {
    const path = join(folder, `sorted.${extension}`)
    const keys = BigUint64Array.of(9n, 2n ** 64n - 1n, 0n, 9n, 2n ** 40n)
    const writer = await createTableWriter(path, xy, { order: 'by-key' })
    await writer.write(
      [
        [0.5, 1.5, 2.5],
        [0, 1, 2],
      ],
      keys.slice(0, 3),
    )
    await writer.write(
      [
        [3.5, 4.5],
        [3, 4],
      ],
      keys.slice(3),
    )
    await writer.finish()
    expect([...(await readTable(path)).columns[1]!]).toEqual([2, 0, 3, 4, 1])
  })

  test('keys and arrays must fit', async () => {
    const misuse: [WriterColumn[], 'by-key' | 'as-written', number[][], BigUint64Array | undefined][] = [
      [xy, 'by-key', [[1], [2]], undefined],
      [xy, 'by-key', [[1], [2]], BigUint64Array.of(1n, 2n)],
      [xy, 'as-written', [[1], [2]], BigUint64Array.of(1n)],
      [xy, 'as-written', [[1], [2, 3]], undefined],
      [xy, 'as-written', [[1]], undefined],
    ]
    for (const [columns, order, arrays, keys] of misuse) {
      const where = freshFolder()
      const writer = await createTableWriter(join(where, 'x.csv'), columns, { order })
      await expect(writer.write(arrays, keys)).rejects.toThrow(RangeError)
      expect(readdirSync(where)).toEqual([])
    }
  })
})

describe('whole or not at all', () => {
  const rows = 200_000
  const numbers = Float64Array.from({ length: rows }, (_, i) => Math.sin(i))

  test('until finish there is only a private folder, and the old file stays', async () => {
    const where = freshFolder()
    const path = join(where, 'out.csv')
    writeFileSync(path, 'old')
    const writer = await createTableWriter(path, xy, { order: 'by-key' })
    await writer.write([[1], [2]], BigUint64Array.of(1n))
    expect(readFileSync(path, 'utf8')).toBe('old')
    const hidden = readdirSync(where).filter((name) => name !== 'out.csv')
    expect(hidden).toHaveLength(1)
    expect(statSync(join(where, hidden[0]!)).mode & 0o777).toBe(0o700)
    for (const name of readdirSync(join(where, hidden[0]!)))
      expect(statSync(join(where, hidden[0]!, name)).mode & 0o777).toBe(0o600)
    await writer.finish()
    expect(readFileSync(path, 'utf8')).toBe('x,y\n1.0,2\n')
    expect(readdirSync(where)).toEqual(['out.csv'])
  })

  test('abort leaves nothing, and the writer is done with', async () => {
    const where = freshFolder()
    const writer = await createTableWriter(join(where, 'out.parquet'), xy)
    await writer.write([numbers, numbers.map(Math.round)])
    await writer.abort()
    await writer.abort()
    expect(readdirSync(where)).toEqual([])
    await expect(writer.finish()).rejects.toThrow('finished or given up')
  })

  test('a signal stops it', async () => {
    const where = freshFolder()
    const controller = new AbortController()
    const writer = await createTableWriter(join(where, 'out.csv'), xy, { signal: controller.signal })
    await writer.write([[1], [2]])
    controller.abort()
    await expect(writer.write([[1], [2]])).rejects.toMatchObject({ code: 'aborted' })
    expect(readdirSync(where)).toEqual([])
  })

  test('the input, also under another name, is no output', async () => {
    const where = freshFolder()
    const input = join(where, 'in.csv')
    writeFileSync(input, 'x\n1\n')
    symlinkSync(input, join(where, 'alias.csv'))
    for (const output of ['in.csv', 'alias.csv'])
      await expect(createTableWriter(join(where, output), xy, { inputs: [input] })).rejects.toMatchObject({
        code: 'usage',
      })
    expect(readFileSync(input, 'utf8')).toBe('x\n1\n')
  })

  test('names and folders that cannot be', async () => {
    await expect(createTableWriter(join(folder, 'x.xls'), xy)).rejects.toMatchObject({ code: 'usage' })
    await expect(createTableWriter(join(folder, 'no', 'x.csv'), xy)).rejects.toMatchObject({
      code: 'io',
      message: expect.stringContaining('there is no such folder'),
    })
  })

  /** A process of its own that writes 200,000 rows to argv[1], prints, and does what argv[2] says. */
  const child = `
    import { createTableWriter } from ${JSON.stringify(new URL('./writer.ts', import.meta.url).href)}
    const [, path, end, order] = process.argv
    const rows = 200000, x = Float64Array.from({ length: rows }, (_, i) => Math.sin(i))
    const keys = order === 'by-key' ? BigUint64Array.from(x, (_, i) => BigInt(i)) : undefined
    try {
      const writer = await createTableWriter(path, [{ name: 'x', type: 'double' }, { name: 'y', type: 'double' }], { order })
      await writer.write([x, x], keys)
      if (end === 'wait') { console.log('writing'); setInterval(() => 0, 1000) } else await writer.finish()
    } catch (error) { console.log(error.code, error.message) }`
  const run = ['--input-type=module', '--eval', child, '--']

  // ulimit stands in for a full disk: the system refuses to write on in the middle of a file.
  test.runIf(process.platform !== 'win32').each([
    ['parquet', 'as-written', 1000],
    ['parquet', 'by-key', 1000],
    ['csv', 'as-written', 1000],
    ['csv', 'as-written', 5000],
    ['csv', 'by-key', 5000],
  ])('no space for .%s %s (%d blocks): an io error and no output', (extension, order, blocks) => {
    const where = freshFolder()
    const script = `ulimit -f ${blocks}; exec "$@"`
    const { stdout, stderr } = spawnSync(
      'bash',
      ['-c', script, 'bash', process.execPath, ...run, join(where, `out.${extension}`), 'finish', order],
      { encoding: 'utf8' },
    )
    expect(stdout + stderr).toMatch(/^io .*(limit of the system|File too large)/)
    expect(readdirSync(where)).toEqual([])
  })

  test.runIf(process.platform === 'linux')(
    'what a killed process left is removed by the next, a live one is not',
    async () => {
      const where = freshFolder()
      const process1 = spawn(process.execPath, [...run, join(where, 'out.csv'), 'wait', 'by-key'])
      await new Promise<void>((resolve) => process1.stdout.once('data', () => resolve()))
      const leftOf = () => readdirSync(where).filter((name) => name.startsWith('.frostglass-'))
      const [left] = leftOf()
      const during = await createTableWriter(join(where, 'other.csv'), xy)
      await during.finish()
      expect(leftOf()).toEqual([left])
      const gone = new Promise((resolve) => process1.once('exit', resolve))
      process1.kill('SIGKILL')
      await gone
      expect(leftOf()).toEqual([left])
      const after = await createTableWriter(join(where, 'other.csv'), xy)
      await after.finish()
      expect(readdirSync(where)).toEqual(['other.csv'])
    },
  )
})
