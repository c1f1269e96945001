import { randomBytes } from 'node:crypto'
import { copyFileSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { beforeAll, expect, it } from 'vitest'
import { csv, json, refused, wheat, workplace, works } from './harness.ts'

const place = workplace()
const right = { env: { FROSTGLASS_PASSPHRASE: 'correct horse battery staple' } }

beforeAll(async () => {
  writeFileSync(place.at('wheat.csv'), csv(wheat))
  writeFileSync(place.at('pass.txt'), 'correct horse battery staple\nanother line\n')
  await works(place, 'key create wheat.csv --label variety --out sealed.key', right)
  await works(place, 'key create wheat.csv --label variety --unsealed --audit off --out open.key')
  await works(place, 'key create wheat.csv --label variety --unsealed --audit off --out other.key')
  await works(place, 'protect wheat.csv --key open.key --out protected.csv')
})

it('keeps keys to their owner: mode 0600, sealed or not, and so the exported pane', async () => {
  await works(place, 'key export open.key --out pane.onnx')
  for (const name of ['sealed.key', 'open.key', 'pane.onnx'])
    expect(statSync(place.at(name)).mode & 0o777).toBe(0o600)
  expect(place.read('sealed.key')).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----/)
  await refused(place, 'key export open.key --out pane.onnx', 2, [/exists already\n {2}Pass --force/])
  rmSync(place.at('pane.onnx'))
})

it('opens a sealed key by a passphrase file as by the environment', async () => {
  const byFile = await json(place, 'key show sealed.key --passphrase-file pass.txt')
  expect(byFile).toEqual(await json(place, 'key show sealed.key', right))
  expect(byFile).toMatchObject({
    parameters: { layers: 3, activation: 'tanh' },
    numericColumns: 7,
    label: 'class',
    classes: 3,
  })
})

it('refuses a wrong passphrase', async () => {
  const said = await refused(place, 'key show sealed.key', 4, [/the passphrase does not open sealed.key/], {
    env: { FROSTGLASS_PASSPHRASE: 'Correct Horse Battery Staple' },
  })
  expect(said).not.toMatch(/horse/i)
})

it.each<[string, number, RegExp, Record<string, string>?]>([
  [
    'key show sealed.key',
    2,
    /no terminal to ask[\s\S]*Give --passphrase-file FILE or set FROSTGLASS_PASSPHRASE/,
  ],
  ['key create wheat.csv --out new.key', 2, /no terminal to ask[\s\S]*or write the key --unsealed/],
  ['key show sealed.key --passphrase-file nowhere.txt', 2, /cannot read the passphrase file nowhere.txt/],
  ['key create wheat.csv --out new.key', 2, /the passphrase is empty/, { FROSTGLASS_PASSPHRASE: '' }],
])('refuses %s for want of a passphrase', async (args, code, words, env) => {
  await refused(place, args, code, [words], env ? { env } : {})
})

it('does not write over a key without --force, and says so before any work', async () => {
  await refused(place, 'key create wheat.csv --label variety --unsealed --out open.key', 2, [
    /open.key exists already\n {2}Pass --force/,
  ])
  copyFileSync(place.at('open.key'), place.at('old.key'))
  await works(place, 'key create wheat.csv --label variety --unsealed --out old.key --force')
  expect(place.read('old.key')).not.toBe(place.read('open.key'))
})

it('refuses another key for a protected table, and for encoded queries', async () => {
  await refused(place, 'restore protected.csv --key other.key --out back.csv', 4, [
    /protected.csv was made with the key [0-9a-f]{32}, and this key is [0-9a-f]{32}/,
  ])
})

it.each<[string, () => string | Uint8Array]>([
  ['cut short', () => place.read('open.key').slice(0, 600)],
  ['sealed and cut short', () => place.read('sealed.key').slice(0, 600)],
  [
    'sealed with a byte changed',
    () => place.read('sealed.key').replace(/^(.{900})(.)/s, (_, a, b) => a + (b === 'A' ? 'B' : 'A')),
  ],
  ['of random bytes', () => randomBytes(500)],
  ['empty', () => ''],
  ['a table', () => csv(wheat)],
  ['JSON of something else', () => '{"format": "other"}'],
  ['edited in its maximum', () => place.read('open.key').replace(/"maximum": [0-9.]+/, '"maximum": 1e3')],
  [
    'edited in its fingerprint',
    () => place.read('open.key').replace(/"fingerprint": "./, '"fingerprint": "g'),
  ],
])('refuses a key that is %s', async (_, contents) => {
  writeFileSync(place.at('bad.key'), contents())
  const said = await refused(place, 'protect wheat.csv --key bad.key --out x.csv', 4, [/bad\.key/], right)
  const { secret } = JSON.parse(place.read('open.key'))
  expect(said).not.toContain(secret)
  expect(said).not.toMatch(/area|Kama|horse/)
})

it('refuses a key that is a folder or not there', async () => {
  place.make('folder.key')
  await refused(place, 'protect wheat.csv --key folder.key --out x.csv', 4, [
    /folder.key is a folder, not a key file/,
  ])
  await refused(place, 'protect wheat.csv --key none.key --out x.csv', 2, [/there is no key file none.key/])
})

it('shows a key without its secret, ranges or names', async () => {
  const record = JSON.parse(place.read('open.key'))
  const plain = (await works(place, 'key show open.key')).out
  const shown = plain + JSON.stringify(await json(place, 'key show open.key'))
  expect(shown).toContain(record.fingerprint)
  const secrets = [
    record.secret,
    record.secret.slice(0, 16),
    ...record.columns.flatMap((c: { name: string; minimum: number; maximum: number }) => [
      c.name,
      String(c.minimum),
      String(c.maximum),
    ]),
    'variety',
    ...record.label.classes,
  ]
  // Numbers as whole numbers: 6.55 is no secret in a round trip's error of 6.5596e-15, which differs from key to key. A
  // single digit can be a count.
  const numbers = new Set(shown.match(/[\d.e+-]+/g))
  for (const secret of secrets.filter((s) => s.length > 1)) {
    if (Number.isNaN(Number(secret))) expect(shown).not.toContain(secret)
    else expect(numbers).not.toContain(secret)
  }
})

it('refuses an edited or missing manifest, and edited data', async () => {
  const manifest = place.read('protected.csv.manifest.json')
  const data = readFileSync(place.at('protected.csv'))
  const restore = 'restore protected.csv --key open.key --out back.csv'
  const put = (text: string) => writeFileSync(place.at('protected.csv.manifest.json'), text)
  put(manifest.replace('"label": "class"', '"label": "number"'))
  await refused(place, restore, 2, [/manifest.json was edited: its seal does not fit/])
  put(manifest.replace('"rows": 210', '"rows": 209'))
  await refused(place, restore, 2, [/manifest.json was edited/])
  await refused(place, 'train protected.csv --label label --folds 0 --out m.onnx', 2, [
    /has 210 rows .* its manifest says 209/,
  ])
  put(manifest.replace('"version": 2', '"version": 4'))
  await refused(place, restore, 2, [/'version' is not as a manifest of version 1 to 3 has it/])
  put('{')
  await refused(place, restore, 2, [/manifest.json is not JSON/])
  rmSync(place.at('protected.csv.manifest.json'))
  await refused(place, restore, 2, [/there is no manifest beside protected.csv/])
  put(manifest)
  const edited = Buffer.from(data)
  edited[edited.length - 20] = edited[edited.length - 20] === 0x31 ? 0x32 : 0x31
  writeFileSync(place.at('protected.csv'), edited)
  await refused(place, restore, 2, [/protected.csv is not the file that its manifest describes/])
  await refused(place, 'train protected.csv --label label --out m.onnx', 2, [
    /is not the file that its manifest describes/,
  ])
  writeFileSync(place.at('protected.csv'), data)
  await works(place, restore)
})
