// Tables that leave packed (.gz), or over standard output: from outside.

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { tableEvidence } from '../../src/audit/tables/tableEvidence.ts'
import { readKeyFile } from '../../src/protect/index.ts'
import { csv, refused, wheat, workplace, works } from './harness.ts'

const place = workplace()
const digest = (name: string) =>
  createHash('sha256')
    .update(readFileSync(place.at(name)))
    .digest('hex')
const unpacked = (name: string) => gunzipSync(readFileSync(place.at(name))).toString()
const table = csv(wheat)
const queries = csv(wheat.slice(0, 12).map((line) => line.split(',').slice(0, 7).join()))

beforeAll(async () => {
  writeFileSync(place.at('wheat.csv'), table)
  writeFileSync(place.at('asked.csv'), queries)
  await works(place, 'key create wheat.csv --label variety --unsealed --audit off --out k.key')
  await works(place, 'protect wheat.csv --key k.key --out p.csv')
  await works(place, 'train p.csv --label label --folds 0 --epochs 5 --out m.onnx')
  await works(place, 'encode asked.csv --key k.key --out e.csv')
  await works(place, 'predict m.onnx e.csv --out a.csv')
  await works(place, 'decode a.csv --key k.key --out l.csv')
})

describe('.gz', () => {
  it.each(['csv', 'tsv'])(
    'goes the whole round as .%s.gz, and holds what the plain table does',
    async (kind) => {
      const z = (name: string) => `${kind}-${name}.${kind}.gz`
      await works(place, `protect wheat.csv --key k.key --out ${z('p')}`)
      await works(place, `restore ${z('p')} --key k.key --out ${z('back')}`)
      await works(place, `train ${z('p')} --label label --folds 0 --epochs 5 --out ${kind}.onnx`)
      await works(place, `encode asked.csv --key k.key --out ${z('e')}`)
      await works(place, `predict m.onnx ${z('e')} --out ${z('a')}`)
      await works(place, `decode ${z('a')} --key k.key --queries ${z('e')} --out ${z('l')}`)
      const tabs = (text: string) => (kind === 'tsv' ? text.replaceAll(',', '\t') : text)
      expect(unpacked(z('back'))).toBe(tabs(table))
      for (const name of ['p', 'e', 'a', 'l']) expect(unpacked(z(name))).toBe(tabs(place.read(`${name}.csv`)))
      expect(readFileSync(place.at(`${kind}.onnx`)).equals(readFileSync(place.at('m.onnx')))).toBe(true)
    },
  )

  it('is what the manifest’s checksum is of, and says neither when nor what it was', async () => {
    await works(place, 'protect wheat.csv --key k.key --out once.csv.gz')
    await works(place, 'protect wheat.csv --key k.key --out again.csv.gz')
    const [part] = JSON.parse(place.read('once.csv.gz.manifest.json')).parts
    const bytes = readFileSync(place.at('once.csv.gz'))
    expect(part).toEqual({ path: 'once.csv.gz', bytes: bytes.length, sha256: digest('once.csv.gz') })
    expect(readFileSync(place.at('again.csv.gz')).equals(bytes)).toBe(true)
    // Deflate, no flags (so no name), time 0: RFC 1952, section 2.3.
    expect([...bytes.subarray(0, 8)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0])
  })

  it('is the same evidence for an audit as the plain table, and refused when it was cut', async () => {
    await works(place, 'protect wheat.csv --key k.key --out whole.csv.gz')
    const key = await readKeyFile(place.at('k.key'))
    const [plain, packed] = await Promise.all(
      ['p.csv', 'whole.csv.gz'].map((name) =>
        tableEvidence(place.at(name), place.at('wheat.csv'), key, { seed: 1 }),
      ),
    )
    expect(packed).toEqual(plain)
    const bytes = readFileSync(place.at('whole.csv.gz'))
    writeFileSync(place.at('whole.csv.gz'), bytes.subarray(0, bytes.length - 9))
    await refused(place, 'restore whole.csv.gz --key k.key --out no.csv', 2, [
      /is not the file that its manifest/,
    ])
  })

  it('is for text alone, and replaces nothing without --force', async () => {
    await refused(place, 'protect wheat.csv --key k.key --out x.parquet.gz', 2, [
      /cannot tell the kind of table[\s\S]*\.csv, \.tsv \(both also \.gz\) or \.parquet/,
    ])
    writeFileSync(place.at('taken.csv.gz'), 'mine')
    await refused(place, 'restore p.csv --key k.key --out taken.csv.gz', 2, [/exists already/])
  })
})

describe('--out -', () => {
  it('prints the table and nothing else', async () => {
    expect((await works(place, 'restore p.csv --key k.key --out -')).out).toBe(table)
    const { out, err } = await works(place, 'decode a.csv --key k.key --out -')
    expect(out).toBe(place.read('l.csv'))
    expect(err).toBe('')
  })

  it('says on stderr what there is to say, without the name of a file that nobody gave', async () => {
    writeFileSync(place.at('bare.csv'), place.read('a.csv'))
    const { out, err } = await works(place, 'decode bare.csv --key k.key --out -')
    expect(out).toBe(place.read('l.csv'))
    expect(err).toMatch(/^warning bare\.csv has no manifest beside it/)
    const twice = csv(['x,good', ...Array.from({ length: 20 }, (_, i) => `${i},${i % 3 ? 'good' : 'bad'}`)])
    writeFileSync(place.at('good.csv'), twice)
    await works(place, 'key create good.csv --label good --unsealed --audit off --out good.key')
    writeFileSync(place.at('said.csv'), csv(['label,c0,c1', 'c0,0.75,0.25']))
    const said = await works(place, 'decode said.csv --key good.key --out -')
    expect(said.err).toMatch(/warning the table: probabilities whose class would have another column's name/)
    expect(said.out.split('\n')[0]).toMatch(/good \(class 2\)/)
  })

  it('prints nothing where something is wrong', async () => {
    writeFileSync(place.at('edited.csv'), place.read('p.csv').replace(/\d\n$/, '\n'))
    writeFileSync(
      place.at('edited.csv.manifest.json'),
      place.read('p.csv.manifest.json').replace('p.csv', 'edited.csv'),
    )
    await refused(place, 'restore edited.csv --key k.key --out -', 2, [/edited/])
    const [head, ...rows] = place.read('a.csv').trim().split('\n')
    writeFileSync(place.at('late.csv'), csv([head!, ...rows, rows[0]!.replace(/^c\d/, 'c9')]))
    await refused(place, 'decode late.csv --key k.key --out -', 2, [
      /row 12, column label: 'c9' is not a class/,
    ])
  })

  it.each([
    ['restore p.csv --key k.key --json', /--out - and --json both want standard output/],
    ['protect wheat.csv --key k.key', /a manifest goes with this table/],
    ['encode asked.csv --key k.key', /a manifest goes with this table/],
    ['predict m.onnx e.csv', /a manifest goes with this table/],
  ])('is refused with words: %s', async (command, words) => {
    if (!command.includes('--json'))
      await refused(place, `${command} --out -`, 2, [words, /Name a file|name a file/])
    else {
      const { code, out, err } = await place.run(`${command} --out -`)
      expect({ code, out }).toEqual({ code: 2, out: '' })
      expect(JSON.parse(err).error).toMatchObject({ code: 'usage', message: expect.stringMatching(words) })
    }
  })

  it('ends quietly with a reader that has seen enough, and leaves nothing behind', async () => {
    place.make('tmp')
    // The runtime's own files lie there, too.
    const left = () => readdirSync(place.at('tmp')).filter((name) => name.startsWith('.frostglass'))
    const rows = wheat.slice(1).join('\n')
    writeFileSync(place.at('long.csv'), `${wheat[0]}\n${`${rows}\n`.repeat(100)}`)
    await works(place, 'protect long.csv --key k.key --out long-p.csv')
    const env = { TMPDIR: place.at('tmp') }
    const restore = 'restore long-p.csv --key k.key --out -'
    const head = await place.run(restore, { env, shell: '"$@" | head -n 2; exit $PIPESTATUS' })
    expect(head).toEqual({ code: 0, signal: null, out: csv(wheat.slice(0, 2)), err: '' })
    expect(left()).toEqual([])
    const whole = await place.run(restore, { env, shell: '"$@" > whole.csv' })
    expect(whole).toEqual({ code: 0, signal: null, out: '', err: '' })
    expect(readFileSync(place.at('whole.csv')).equals(readFileSync(place.at('long.csv')))).toBe(true)
    const full = await place.run(restore, { env, shell: '"$@" > /dev/full' })
    expect(full.code).toBe(2)
    expect(full.err).toMatch(/^error \(io\) the result could not be printed: no space is left/)
    expect(left()).toEqual([])
  })
})
