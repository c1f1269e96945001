import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OpenOptions } from '../../data/index.ts'
import { rowKeys } from '../../secret/index.ts'
import type { KeyOptions } from './create.ts'
import type { Key } from './key.ts'
import { manifestPath, readManifest, verifyManifest } from './manifest.ts'
import { encodeTable, protectTable } from './protectTable.ts'
import { decodeTable, originalRows, restoreTable } from './restoreTable.ts'
import { contents, keyOf as keyOfTable } from './testing.ts'

const secret = Uint8Array.from({ length: 32 }, (_, i) => 3 * i + 1)
let folder: string
const at = (name: string) => join(folder, name)
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frostglass-tables-'))
})
afterAll(() => rm(folder, { recursive: true }))

const keyOf = (path: string, open: OpenOptions, options: KeyOptions = { secret }) =>
  keyOfTable(path, open, options)

const patients = [
  'age,height,smoker,town,diagnosis,visits',
  ...Array.from({ length: 57 }, (_, i) =>
    [
      20 + ((i * 37) % 60),
      1.5 + ((i * 73) % 500) / 1000,
      i % 3 ? 'never' : 'daily',
      ['Bath', 'Hull', 'York'][(i * 5) % 3],
      ['gout', 'flu'][(i * 7) % 5 > 1 ? 1 : 0],
      (i * 11) % 4,
    ].join(),
  ),
].join('\n')

describe('a table of patients', () => {
  let key: Key
  beforeAll(async () => {
    await writeFile(at('patients.csv'), `${patients}\n`)
    key = await keyOf(at('patients.csv'), { label: 'diagnosis' })
  })

  it.each(['csv', 'parquet'])(
    'comes back from %s: rows in order, texts, whole numbers and labels exactly',
    async (kind) => {
      const path = at(`protected.${kind}`)
      const report = await protectTable(at('patients.csv'), key, path)
      expect(report).toMatchObject({ rows: 57, warnings: [] })
      await restoreTable(path, key, at('back.csv'))
      const before = await contents(at('patients.csv'), { label: 'diagnosis' })
      const after = await contents(at('back.csv'), { label: 'diagnosis' })
      expect(after.schema).toEqual(before.schema)
      expect(after.labels).toEqual(before.labels)
      for (const j of [0, 2, 3, 4]) expect(after.columns[j]).toEqual(before.columns[j])
      before.columns[1]!.forEach((x, r) => {
        expect(Math.abs(Number(x) - Number(after.columns[1]![r]))).toBeLessThan(1e-9)
      })
    },
  )

  it('shows no value, name, class or order of the original, in data or manifest', async () => {
    await protectTable(at('patients.csv'), key, at('p.csv'))
    const data = await readFile(at('p.csv'), 'utf8')
    const manifest = await readFile(manifestPath(at('p.csv')), 'utf8')
    const words = [
      'age',
      'height',
      'smoker',
      'town',
      'diagnosis',
      'visits',
      'never',
      'daily',
      'Bath',
      'Hull',
      'York',
      'gout',
      'flu',
    ]
    for (const word of words) for (const text of [data, manifest]) expect(text).not.toContain(word)
    const original = new Set(
      patients
        .split('\n')
        .slice(1)
        .flatMap((line) => line.split(',')),
    )
    const cells = data
      .trim()
      .split('\n')
      .slice(1)
      .flatMap((line) => line.split(','))
    expect(cells.filter((cell) => original.has(cell))).toEqual([])
    expect(data.split('\n')[0]).toBe('a0,a1,a2,a3,a4,a5,a6,a7,label')
    expect(Object.keys(JSON.parse(manifest)).sort()).toEqual([
      'columns',
      'format',
      'keyFingerprint',
      'kind',
      'label',
      'leakReport',
      'parts',
      'rows',
      'scheme',
      'schemeVersion',
      'seal',
      'version',
    ])
  })

  it('is the same bytes each time under one key, and others under another', async () => {
    const other = await keyOf(at('patients.csv'), { label: 'diagnosis' }, {})
    await protectTable(at('patients.csv'), key, at('one.csv'))
    await protectTable(at('patients.csv'), key, at('two.csv'))
    await protectTable(at('patients.csv'), other, at('three.csv'))
    const [one, two, three] = await Promise.all(
      ['one.csv', 'two.csv', 'three.csv'].map((n) => readFile(at(n), 'utf8')),
    )
    expect(two).toBe(one)
    expect(three).not.toBe(one)
  })

  it('encodes queries in their order, unlabelled, as the rows were protected, and decodes the answers', async () => {
    await protectTable(at('patients.csv'), key, at('whole.csv'))
    const report = await encodeTable(at('patients.csv'), key, at('queries.csv'))
    expect(report.manifest).toMatchObject({ kind: 'encoded-queries', label: 'none', rows: 57 })
    const whole = await contents(at('whole.csv'), { label: 'label' })
    const queries = await contents(at('queries.csv'))
    expect(queries.names).toEqual(whole.names)
    const order = originalRows(rowKeys(secret), 57)
    whole.columns.forEach((column, j) => {
      expect(column).toEqual(Array.from(order, (row) => queries.columns[j]![row]))
    })
    // The service answers with what it saw; here, with the protected labels themselves.
    const rank = new Map(Array.from(order, (row, place) => [row, place]))
    const answers = Array.from({ length: 57 }, (_, row) => `${whole.labels[rank.get(row)!]},0.25,0.75`)
    await writeFile(at('answers.csv'), `label,c0,c1\n${answers.join('\n')}\n`)
    await decodeTable(at('answers.csv'), key, at('labels.csv'))
    const decoded = await contents(at('labels.csv'), { label: 'diagnosis' })
    expect(decoded.labels).toEqual((await contents(at('patients.csv'), { label: 'diagnosis' })).labels)
    expect(decoded.names.toSorted()).toEqual(['flu', 'gout'])
    const { columns } = decoded
    expect(new Set(columns.map((c) => c[0]))).toEqual(new Set([0.25, 0.75]))
    await restoreTable(at('queries.csv'), key, at('queries-back.csv'))
    expect((await contents(at('queries-back.csv'))).columns[0]).toEqual(
      (await contents(at('patients.csv'))).columns[0],
    )
  })

  it('takes columns in any order and leaves others out, saying so', async () => {
    await writeFile(
      at('query.csv'),
      'town,visits,extra,height,age,smoker\nHull,2,9,1.7,44,never\nBath,9,9,1.7,99,daily\n',
    )
    const report = await encodeTable(at('query.csv'), key, at('encoded.csv'))
    expect(report.warnings).toEqual([
      expect.stringContaining('extra'),
      "column 'age': 1 value outside the range that the key was made from (extrapolated)",
      "column 'visits': 1 value outside the range that the key was made from (extrapolated)",
    ])
    await restoreTable(at('encoded.csv'), key, at('encoded-back.csv'))
    expect((await readFile(at('encoded-back.csv'), 'utf8')).split('\n')[2]).toMatch(
      /^99,1\.(7|69999|70000)\d*,daily,Bath,9$/,
    )
  })

  const header = 'age,height,smoker,town,visits\n'
  it.each([
    ['a missing column', 'age,height,smoker,visits\n44,1.7,never,2\n', 'input', /town/],
    ['a renamed column', 'age,hight,smoker,town,visits\n44,1.7,never,Hull,2\n', 'input', /height/],
    ['text for a number', `${header}44,tall,never,Hull,2\n`, 'input', /height.*tall|tall.*height/],
    ['an unknown category', `${header}44,1.7,never,Leeds,2\n`, 'input', /Leeds/],
    ['an infinite number', `${header}44,inf,never,Hull,2\n`, 'input', /height/],
    ['a missing value', `${header}44,NaN,never,Hull,2\n`, 'input', /height/],
    ['no rows', header, 'input', /no rows/],
  ])('refuses %s and leaves nothing behind', async (name, text, code, message) => {
    const place = await mkdtemp(join(folder, 'bad-'))
    await writeFile(at('bad.csv'), text)
    const attempt = encodeTable(at('bad.csv'), key, join(place, 'out.csv'))
    await expect(attempt, name).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
    expect(await readdir(place)).toEqual([])
  })

  it('needs the label to protect', async () => {
    await writeFile(at('unlabelled.csv'), `${header}44,1.7,never,Hull,2\n`)
    await expect(protectTable(at('unlabelled.csv'), key, at('x.csv'))).rejects.toMatchObject({
      code: 'input',
      message: expect.stringContaining('diagnosis'),
    })
  })

  it('stops when aborted, reports progress, and leaves nothing behind', async () => {
    const place = await mkdtemp(join(folder, 'aborted-'))
    const controller = new AbortController()
    const seen: number[] = []
    const attempt = protectTable(at('patients.csv'), key, join(place, 'out.csv'), {
      signal: controller.signal,
      onProgress({ rows }) {
        seen.push(rows)
        controller.abort()
      },
    })
    await expect(attempt).rejects.toMatchObject({ code: 'aborted' })
    expect(seen).toEqual([57])
    expect(await readdir(place)).toEqual([])
  })

  it('refuses to write over its input', async () => {
    await expect(protectTable(at('patients.csv'), key, at('patients.csv'))).rejects.toMatchObject({
      code: 'usage',
    })
  })

  it('refuses answers that are none of the key’s', async () => {
    await writeFile(at('wrong.csv'), 'label\nc0\nc7\n')
    await expect(decodeTable(at('wrong.csv'), key, at('x.csv'))).rejects.toThrow(
      "'c7' is not a class that this key hides",
    )
  })

  describe('with its manifest', () => {
    beforeAll(async () => {
      await protectTable(at('patients.csv'), key, at('sealed.csv'))
    })

    it('is checked by anyone, and by the key', async () => {
      const manifest = await readManifest(at('sealed.csv'))
      expect(() => verifyManifest(manifest, key, 'sealed.csv')).not.toThrow()
    })

    it('is refused under another key, as a key error', async () => {
      const other = await keyOf(at('patients.csv'), { label: 'diagnosis' }, {})
      await expect(restoreTable(at('sealed.csv'), other, at('x.csv'))).rejects.toMatchObject({
        code: 'key',
        message: expect.stringContaining(other.fingerprint),
      })
    })

    it('is refused when the data were changed', async () => {
      await protectTable(at('patients.csv'), key, at('edited.csv'))
      const text = await readFile(at('edited.csv'), 'utf8')
      await writeFile(at('edited.csv'), text.replace('c1', 'c0'))
      await expect(restoreTable(at('edited.csv'), key, at('x.csv'))).rejects.toMatchObject({
        code: 'input',
        message: expect.stringContaining('is not the file that its manifest describes'),
      })
    })

    it('is refused when any of it was changed', async () => {
      await copyFile(at('sealed.csv'), at('m.csv'))
      const manifest = JSON.parse(await readFile(manifestPath(at('sealed.csv')), 'utf8'))
      const edits: [object, string][] = [
        [{ rows: 56 }, 'was edited'],
        [{ kind: 'encoded-queries' }, 'was edited'],
        [{ label: 'none' }, 'was edited'],
        [{ seal: '0'.repeat(64) }, 'was edited'],
        [{ version: 4 }, "'version' is not as"],
        [{ parts: [{ ...manifest.parts[0], sha256: 'f'.repeat(64) }] }, 'sha256'],
      ]
      for (const [edit, message] of edits) {
        await writeFile(manifestPath(at('m.csv')), JSON.stringify({ ...manifest, ...edit }))
        await expect(restoreTable(at('m.csv'), key, at('x.csv'))).rejects.toMatchObject({
          code: 'input',
          message: expect.stringContaining(message),
        })
      }
      await writeFile(manifestPath(at('m.csv')), '{"format":')
      await expect(restoreTable(at('m.csv'), key, at('x.csv'))).rejects.toThrow('is not JSON')
      await rm(manifestPath(at('m.csv')))
      await expect(restoreTable(at('m.csv'), key, at('x.csv'))).rejects.toThrow('there is no manifest beside')
    })
  })
})

it('keeps the order of rows over several row groups and blocks, texts and labels with them', async () => {
  const rows = 150_000
  const lines = Array.from(
    { length: rows },
    (_, i) => `${i},${['x', 'y', 'z'][(i * 7) % 3]},${['no', 'yes'][(i >> 3) % 2]}`,
  )
  await writeFile(at('long.csv'), `id,kind,label\n${lines.join('\n')}\n`)
  const key = await keyOf(at('long.csv'), { label: 'label' }, { secret, layers: 1 })
  await protectTable(at('long.csv'), key, at('long.parquet'))
  await restoreTable(at('long.parquet'), key, at('long-back.csv'))
  expect(await readFile(at('long-back.csv'), 'utf8')).toBe(await readFile(at('long.csv'), 'utf8'))
})

it('hides and restores a number to be predicted, and decodes answers', async () => {
  const lines = Array.from({ length: 40 }, (_, i) => `${i * 0.5},${1000 + 3 * i}.25`)
  await writeFile(at('regress.csv'), `x,price\n${lines.join('\n')}\n`)
  const key = await keyOf(at('regress.csv'), { label: 'price', task: 'number' })
  await protectTable(at('regress.csv'), key, at('regress-p.parquet'))
  await restoreTable(at('regress-p.parquet'), key, at('regress-b.csv'))
  const back = await contents(at('regress-b.csv'), { label: 'price', task: 'number' })
  back.labels.forEach((y, i) => {
    expect(Math.abs(Number(y) - (1000.25 + 3 * i))).toBeLessThan(1e-9)
  })
  const hidden = await contents(at('regress-p.parquet'), { label: 'label', task: 'number' })
  await writeFile(at('regress-a.csv'), `label\n${hidden.labels.join('\n')}\n`)
  await decodeTable(at('regress-a.csv'), key, at('regress-l.csv'))
  const decoded = (await contents(at('regress-l.csv'))).columns[0]!
  const order = originalRows(rowKeys(secret), 40)
  order.forEach((row, place) => {
    expect(Math.abs(Number(decoded[place]) - (1000.25 + 3 * row))).toBeLessThan(1e-9)
  })
})

it('keeps whole-number classes as whole numbers', async () => {
  await writeFile(
    at('digits.csv'),
    `x,y\n${Array.from({ length: 30 }, (_, i) => `${i / 8},${(i % 3) + 1}`).join('\n')}\n`,
  )
  const key = await keyOf(at('digits.csv'), { label: 'y' })
  await protectTable(at('digits.csv'), key, at('digits-p.csv'))
  await restoreTable(at('digits-p.csv'), key, at('digits-b.csv'))
  expect(
    (await readFile(at('digits-b.csv'), 'utf8'))
      .split('\n')
      .slice(1, 4)
      .map((l) => l.split(',')[1]),
  ).toEqual(['1', '2', '3'])
})

it('refuses to decode for a table without a label', async () => {
  await writeFile(at('plain.csv'), 'x\n1\n2\n')
  const key = await keyOf(at('plain.csv'), {})
  await expect(decodeTable(at('plain.csv'), key, at('x.csv'))).rejects.toMatchObject({ code: 'usage' })
})

it('puts the rows in an order that originalRows inverts, at any size', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.integer({ min: 1, max: 500 }),
      (master, rows) => {
        const keys = rowKeys(master)(0, rows)
        const order = originalRows(rowKeys(master), rows)
        expect(new Set(order).size).toBe(rows)
        for (let p = 1; p < rows; p++) expect(keys[order[p]!]! >= keys[order[p - 1]!]!).toBe(true)
      },
    ),
  )
})
