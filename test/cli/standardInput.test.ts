// From outside: a table piped in is read as a file is, and nothing of it stays behind.

import { spawn } from 'node:child_process'
import { copyFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect, it } from 'vitest'
import { csv, ended, program, refused, wheat, workplace, works } from './harness.ts'

const place = workplace()
const put = (name: string, text: string | Uint8Array) => writeFileSync(place.at(name), text)
place.make('temporary')
const env = { TMPDIR: place.at('temporary') }
// ONNX Runtime has files of its own there.
const left = () => place.listing().filter((name) => name.startsWith('temporary/.frostglass-reading'))
const rest = '--layers 2 --audit off --unsealed --force --out k.key'
put('wheat.csv', csv(wheat))

it('gives the same key and the same table as a file', async () => {
  await works(place, `key create - --label variety ${rest}`, { env, shell: '"$@" < wheat.csv' })
  await works(place, 'protect - --key k.key --out piped.csv', { env, shell: 'cat wheat.csv | "$@"' })
  await works(place, 'protect wheat.csv --key k.key --out named.csv')
  expect(place.read('piped.csv')).toBe(place.read('named.csv'))
  await works(place, 'restore piped.csv --key k.key --out back.csv')
  expect(place.read('back.csv')).toBe(csv(wheat))
  expect(left()).toEqual([])
})

it.each<[string, string]>([
  ['wheat.csv.gz', ''],
  ['wheat.parquet', ''],
  ['wheat.jsonl.gz', '--format jsonl'],
  ['german.csv', '--decimal-comma --text-encoding utf-16 --comment #'],
])('of another kind: %s %s', async (name, options) => {
  const lines = wheat.map((line) => line.split(','))
  const [names, ...rows] = lines as [string[], ...string[][]]
  const json = rows
    .map(
      (row) =>
        `${JSON.stringify(Object.fromEntries(row.map((cell, j) => [names[j], j < 7 ? Number(cell) : cell])))}\n`,
    )
    .join('')
  put('wheat.csv.gz', gzipSync(csv(wheat)))
  put('wheat.jsonl.gz', gzipSync(json))
  put(
    'german.csv',
    Buffer.from(`\ufeff# äö\n${csv(wheat).replaceAll(',', ';').replaceAll('.', ',')}`, 'utf16le'),
  )
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run(`COPY (FROM '${place.at('wheat.csv')}') TO '${place.at('wheat.parquet')}'`)
  connection.closeSync()
  instance.closeSync()
  const { out } = await works(place, `key preview - --json${options === '' ? '' : ` ${options}`}`, {
    env,
    shell: `cat ${name} | "$@"`,
  })
  expect(JSON.parse(out)).toMatchObject({ rows: wheat.length - 1 })
  expect(JSON.parse(out).columns.map(({ column }: { column: string }) => column)).toEqual(names)
  expect(left()).toEqual([])
})

it('is refused where there is none, and where it could be read once only', async () => {
  const preview = 'key preview -'
  await refused(place, preview, 2, [/standard input is empty/], { env, shell: '"$@" < /dev/null' })
  await refused(place, 'key preview /dev/stdin', 2, [/\/dev\/stdin is a FIFO.*\n.*name - and pipe it in/], {
    env,
    shell: 'cat wheat.csv | "$@"',
  })
  await refused(place, 'restore - --key k.key --out none.csv', 2, [
    /standard input has no manifest beside it.*\n {2}Save the table beside its manifest/,
  ])
  await refused(place, 'private train - --label y --epsilon 1 --delta 1e-5 --classes a,b --out m2.onnx', 2, [
    /private training reads no standard input/,
  ])
  const { code, err } = await place.run('key preview', { env, shell: '"$@" <(cat wheat.csv)' })
  expect({ code, err }).toMatchObject({ code: 2, err: expect.stringMatching(/FIFO/) })
})

it('of a file whose name tells nothing, the kind is said', async () => {
  copyFileSync(place.at('wheat.csv'), place.at('wheat.txt'))
  await refused(place, 'key preview wheat.txt', 2, [/cannot tell the kind.*\n.*--format/])
  const { out } = await works(place, 'key preview wheat.txt --format csv --json')
  expect(JSON.parse(out)).toMatchObject({ rows: wheat.length - 1 })
})

it.each(['SIGINT', 'SIGTERM'] as const)('is private, and gone after %s', async (signal) => {
  const child = spawn(process.execPath, [program, 'key', 'preview', '-'], {
    cwd: place.folder,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const end = ended(child)
  // All of a table, and no end: what broke off is none.
  child.stdin.write(csv(wheat))
  const size = csv(wheat).length
  await expect
    .poll(left, { timeout: 60_000 })
    .toContainEqual(expect.stringMatching(new RegExp(`input ${size}$`)))
  const [folder] = readdirSync(place.at('temporary')).filter((name) =>
    name.startsWith('.frostglass-reading'),
  ) as [string]
  expect(statSync(place.at(`temporary/${folder}`)).mode & 0o777).toBe(0o700)
  expect(statSync(place.at(`temporary/${folder}/input`)).mode & 0o777).toBe(0o600)
  child.kill(signal)
  expect(await end).toMatchObject({ code: 130, out: '' })
  expect(left()).toEqual([])
})
