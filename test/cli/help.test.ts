import { expect, it } from 'vitest'
import { refused, workplace, works } from './harness.ts'

const place = workplace()
const commands = [
  'key preview',
  'key create',
  'key show',
  'key export',
  'protect',
  'train',
  'encode',
  'predict',
  'decode',
  'restore',
  'obfuscate classifier',
  'obfuscate train',
  'obfuscate release',
  'obfuscate protect',
  'obfuscate count',
  'obfuscate show',
  'encrypt model',
  'encrypt keys',
  'encrypt images',
  'encrypt infer',
  'encrypt decrypt',
  'encrypt ask',
  'encrypt train',
  'encrypt show',
  'query',
  'ledger create',
  'ledger show',
  'ledger data',
  'ledger head',
  'schema draft',
  'certify issue',
  'certify check',
  'certify drift',
  'private train',
  'audit',
  'audit table',
  'audit images',
  'audit membership',
  'audit canaries',
  'audit training',
  'audit exhibits',
  'demo',
  'serve',
  'reproduce',
  'doctor',
]

it.each(commands)(
  '%s --help says what it takes, with --json and an example, within 100 columns',
  async (command) => {
    const { code, out } = await place.run(`${command} --help`)
    expect(code).toBe(0)
    expect(out).toContain(`Usage: frostglass ${command} `)
    expect(out).toContain('--json')
    expect(out).toMatch(new RegExp(`Examples?:\n {2}\\$ frostglass ${command}`))
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
  },
)

it('--help lists every command, the whole round and the exit codes', async () => {
  const { out } = await works(place, '--help')
  for (const command of commands) expect(out).toContain(`${command.split(' ')[0]} `)
  for (const code of [
    '0 done',
    '1 a bug',
    '2 bad usage or input',
    '3 the policy',
    '4 the key',
    '130 stopped',
  ])
    expect(out).toContain(code)
})

it.each([
  ['', ['The owner, tables', 'The owner, images', 'The owner, ciphertexts', 'The service', 'The auditor']],
  ['', ['The accountant of privacy', 'This program']],
  ['encrypt ', ['The owner', 'The service', 'Anybody']],
  ['obfuscate ', ['The owner', 'The service', 'Anybody']],
])('%s--help says who acts, of every command', async (command, actors) => {
  const { out } = await works(place, `${command}--help`)
  for (const actor of actors) expect(out).toContain(`\n${actor}:\n  `)
  expect(out).not.toContain('\nCommands:\n')
})

it('--version is that of the package', async () => {
  const { version } = (await import('../../package.json', { with: { type: 'json' } })).default
  expect((await works(place, '--version')).out).toBe(`${version}\n`)
})

it.each<[string, RegExp]>([
  ['protct wheat.csv', /unknown command 'protct'. Did you mean protect\?\n {2}See frostglass --help\./],
  ['protect --key k --out x.csv', /missing required argument 'table'\n {2}See frostglass protect --help\./],
  ['protect wheat.csv --out x.csv', /required option '--key <file>' not specified/],
  [
    'key create wheat.csv --out k --nope',
    /unknown option '--nope'.*\n {2}See frostglass key create --help\./,
  ],
  ['key create wheat.csv --out k --layers 0', /'0' is invalid. Expected a whole number from 1 to 64/],
  ['key create wheat.csv --out k --matrix orthogonal', /Allowed choices are bounded, glorot/],
  [
    'key create wheat.csv --out k --activation relu',
    /'relu' is not invertible: .*every negative number becomes 0.*\n {2}Take one of tanh, /,
  ],
  ['key create wheat.csv --out k --activation tahn', /there is no activation 'tahn'\n {2}Take one of tanh, /],
  ['train p.csv --label label --out m.onnx --hidden 8,', /'8,' is invalid/],
  ['train p.csv --label label --out m.onnx --learning-rate -1', /Expected a positive number/],
  ['demo --repetitions 0', /Expected a whole number from 1 to 1000/],
])('refuses %s', async (args, words) => {
  await refused(place, args, 2, [words])
})

it('refuses with --json as one JSON value', async () => {
  const { code, out, err } = await place.run('key create wheat.csv --out k --activation relu --json')
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(JSON.parse(err)).toEqual({
    error: {
      code: 'usage',
      message: expect.stringContaining('not invertible'),
      hint: expect.stringContaining('tanh'),
    },
  })
})
