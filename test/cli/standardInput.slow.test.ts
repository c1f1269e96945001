// From outside: a whole round, and an audit, of tables that are piped in.

import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { csv, refused, wheat, wheatWith, workplace, works } from './harness.ts'

const place = workplace()
place.make('temporary')
const put = (name: string, text: string | Uint8Array) => writeFileSync(place.at(name), text)
put('wheat.csv', csv(wheat))
const left = () => place.listing().filter((name) => name.startsWith('temporary/.frostglass-reading'))
const env = { TMPDIR: place.at('temporary') }

it('trains, predicts and audits', async () => {
  await works(place, 'key create wheat.csv --label variety --layers 2 --audit off --unsealed --out k.key')
  await works(place, 'protect wheat.csv --key k.key --out named.csv')
  const audit = 'audit named.csv --original - --key k.key --out r.html'
  const { code } = await place.run(audit, { env, shell: 'cat wheat.csv | "$@"' })
  expect([0, 3]).toContain(code)
  await works(place, 'train - --label label --out m.onnx --epochs 3 --folds 0', {
    env,
    shell: 'cat named.csv | "$@"',
  })
  await works(place, 'encode wheat.csv --key k.key --out e.csv')
  await works(place, 'predict m.onnx - --out a.csv', { env, shell: 'cat e.csv | "$@"' })
  expect(place.cells('a.csv').length).toBe(wheat.length)
  expect(left()).toEqual([])
})

it('is named in messages, and cells of it by row', async () => {
  put('bad.csv', wheatWith(7, 2, 'x'))
  const create = `key create - --label variety --unsealed --out no.key`
  const piped = (name: string) => ({ env, shell: `cat ${name} | "$@"` })
  await refused(place, create, 2, [/standard input, row 7, column .*found "x"/], piped('bad.csv'))
  put('short.csv', csv(wheat.map((line, r) => (r === 5 ? '1,2' : line))))
  await refused(place, create, 2, [/standard input, line 6: expected 8 cells/], piped('short.csv'))
  put('latin.csv', Buffer.from(csv(wheat.map((line, r) => (r === 5 ? `${line}ö` : line))), 'latin1'))
  await refused(place, create, 2, [/standard input, line 6: byte .*\n.*--text-encoding/], piped('latin.csv'))
  put('cut.csv.gz', gzipSync(csv(wheat)).subarray(0, -9))
  await refused(place, create, 2, [/standard input: damaged gzip file/], piped('cut.csv.gz'))
  await refused(
    place,
    `${create} --format parquet`,
    2,
    [/standard input: reading failed: this is no Parquet file/],
    piped('wheat.csv'),
  )
  await refused(place, create, 2, [/standard input is empty/], { env, shell: '"$@" <&-' })
  expect(left()).toEqual([])
})
