import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { writePolynomialNetwork } from '../../src/encrypt/index.ts'
import { polynomialNetwork } from '../encryptedNetworks.ts'
import { ended, json, refused, working, workplace, works } from './harness.ts'

const place = workplace()
const secret = { env: { FROSTGLASS_PASSPHRASE: 'six random words' } }
const run = (args: string) => place.run(`encrypt ${args}`, secret)

/** A small network for digits with made-up weights: what is computed is tested here, not what is learnt. */
const small = writePolynomialNetwork({
  network: polynomialNetwork(28, { filters: 2, kernel: [7, 7], stride: [7, 7], padding: [0, 0] }),
  classes: Array.from({ length: 10 }, (_, i) => `digit ${i}`),
})

beforeAll(async () => {
  writeFileSync(place.at('small.onnx'), small)
  for (const [packing, name] of [
    ['latency', 'one'],
    ['throughput', 'many'],
  ]) {
    const made = await run(
      `keys --for small.onnx --packing ${packing} --out ${name}.key --public ${name}.keys`,
    )
    expect([made.code, made.err]).toEqual([0, ''])
    expect(made.out).toMatch(/sealed with the passphrase; it stays here/)
    const asked = await run(`images --key ${name}.key --data digits --limit 2 --out ${name}.question`)
    expect([asked.code, asked.err]).toEqual([0, ''])
    const answered = await run(
      `infer ${name}.question --model small.onnx --keys ${name}.keys --out ${name}.answer`,
    )
    expect([answered.code, answered.err]).toEqual([0, ''])
    expect(answered.out).toMatch(/operation.*calls.*ms each.*share/)
  }
})

describe('frostglass encrypt', () => {
  it('goes round by files, in both packings, with one answer', async () => {
    const rows: string[][][] = []
    for (const name of ['one', 'many']) {
      const { code, out } = await run(
        `decrypt ${name}.answer --key ${name}.key --data digits --out ${name}.csv`,
      )
      expect(code).toBe(0)
      expect(out).toMatch(
        /2 images: digit \d digit \d\nnot counted what is right: the images are labelled .\d., which is no class of the model/,
      )
      rows.push(place.cells(`${name}.csv`))
    }
    const [one, many] = rows as [string[][], string[][]]
    expect(one[0]).toEqual(['label', ...Array.from({ length: 10 }, (_, i) => `digit ${i}`)])
    expect(one.map(([label]) => label)).toEqual(many.map(([label]) => label))
    one.slice(1).forEach((row, i) => {
      row.slice(1).forEach((v, o) => {
        expect(Math.abs(Number(v) - Number(many[i + 1]![o + 1]))).toBeLessThan(0.1)
      })
    })
    const again = JSON.parse((await run('decrypt one.answer --key one.key --out again.csv --json')).out)
    expect(again).toMatchObject({ labels: expect.any(Array), for: 'owner' })
    expect(again.rightWithin).toBeGreaterThan(0)
    const batch = JSON.parse((await run('decrypt many.answer --key many.key --out all.csv --json')).out)
    expect(batch).toMatchObject({ for: 'owner', rightWithin: null })
  })

  it('names the picture of each row, where pictures lie in a folder', async () => {
    const folder = place.at('pictures')
    mkdirSync(folder)
    const names = ['scan 1.pgm', 'scan 10.pgm', 'scan 2.pgm']
    for (const [i, name] of names.entries())
      writeFileSync(
        join(folder, name),
        Buffer.concat([Buffer.from('P5\n28 28\n255\n'), Buffer.alloc(784, 80 * i)]),
      )
    for (const args of [
      'images --key one.key --data pictures --split all --out pictures.question',
      'infer pictures.question --model small.onnx --keys one.keys --out pictures.answer',
      'decrypt pictures.answer --question pictures.question --key one.key --data pictures --split all --out pictures.csv',
    ]) {
      const { code, err } = await run(args)
      expect([code, err]).toEqual([0, ''])
    }
    expect(place.cells('pictures.csv').map((row) => row[0])).toEqual(['file', ...names])
  })

  it('says what files are, without a key', async () => {
    const keys = JSON.parse((await run('show one.keys --json')).out)
    expect(keys).toMatchObject({ kind: 'keys', packing: 'latency', images: null })
    const question = JSON.parse((await run('show one.question --json')).out)
    expect(question).toMatchObject({ kind: 'question', images: 3, keys: keys.keys })
    const card = (await run('show small.onnx --json')).out
    expect(card).not.toContain('weights')
    writeFileSync(place.at('card.json'), card)
    const fromCard = await run('keys --for card.json --out card.key --public card.keys --unsealed')
    expect([fromCard.code, fromCard.out]).toEqual([0, expect.stringContaining('not sealed')])
    expect(place.read('card.key')).toMatch(/^\{/)
  })

  it('refuses what does not fit, in words, and leaves nothing behind', async () => {
    writeFileSync(place.at('cut.answer'), readFileSync(place.at('one.answer')).subarray(0, 5000))
    const changed = readFileSync(place.at('one.question'))
    changed[changed.length - 100]! ^= 1
    writeFileSync(place.at('changed.question'), changed)
    writeFileSync(place.at('empty'), '')
    await works(place, 'encrypt keys --for small.onnx --out other.key --public other.keys --unsealed')
    const infer = (question: string, keys: string) =>
      `infer ${question} --model small.onnx --keys ${keys} --out new.answer`
    const cases: [string, number, RegExp][] = [
      ['decrypt cut.answer --key one.key --out new.csv', 2, /cut off/],
      ['decrypt many.answer --key one.key --out new.csv', 2, /packing 'latency'/],
      ['decrypt one.answer --key other.key --out new.csv', 4, /belongs to the key/],
      ['decrypt empty --key one.key --out new.csv', 2, /no encrypted data of ours/],
      ['decrypt one.answer --key small.onnx --out new.csv', 4, /not a key file/],
      ['decrypt one.answer --key one.key --out one.key', 2, /would replace the input/],
      [infer('changed.question', 'one.keys'), 2, /damaged/],
      [infer('one.question', 'other.keys'), 4, /belongs to the key/],
      [infer('one.question', 'one.question'), 2, /holds question, not keys/],
      ['images --key one.key --data digits --limit 2000 --out new.question', 2, /at most 819 images/],
      ['images --key one.key --data fashion-nothing --out new.question', 2, /fashion-nothing/],
      ['keys --for empty --out new.key --public new.keys', 2, /not an ONNX model/],
      ['show one.key', 2, /sealed: it says nothing/],
      ['train wheat.csv --label variety --out model.onnx', 2, /wheat.csv/],
    ]
    for (const [args, code, words] of cases) await refused(place, `encrypt ${args}`, code, [words], secret)
    await refused(
      place,
      'encrypt decrypt one.answer --key one.key --out new.csv',
      4,
      [/passphrase does not/],
      {
        env: { FROSTGLASS_PASSPHRASE: 'other words' },
      },
    )
  })

  it('leaves no secret without its public keys when the disk is full', async () => {
    const before = place.listing()
    const { code, err } = await place.run(
      'encrypt keys --for small.onnx --out full.key --public full.keys --unsealed',
      { shell: 'ulimit -f 1000; "$@"' },
    )
    expect([code, err]).toEqual([2, expect.stringMatching(/full.keys: writing failed/)])
    expect(place.listing()).toEqual(before)
  })

  it('ends at Ctrl-C with no half of an answer', async () => {
    const before = place.listing()
    const args = 'encrypt infer many.question --model small.onnx --keys many.keys --out stopped.answer'
    const child = place.start(args.split(' '))
    const end = ended(child)
    await working(child, 1.5)
    child.kill('SIGINT')
    // A machine so slow that the program had not yet begun ends it by the signal itself.
    const { code, signal } = await end
    expect([130, 'SIGINT']).toContain(code ?? signal)
    expect(place.listing()).toEqual(before)
  })

  it('trains a table in another process; says the plan first, or alone', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => {
      const [a, b] = [Math.sin(i), Math.cos(3 * i)]
      return `${a},${b},${a + b > 0 ? 'yes' : 'no'}`
    })
    writeFileSync(place.at('rows.csv'), ['a,b,ill', ...rows].join('\n'))
    const plan = await run('train rows.csv --label ill --encrypt-rows --plan')
    expect([plan.code, plan.err]).toEqual([0, ''])
    expect(plan.out).toMatch(/128 bits of security\n4 levels/)
    const trained = await run('train rows.csv --label ill --steps 4 --out rows.onnx')
    expect(trained.code).toBe(0)
    expect(trained.err).toMatch(/128 bits of security/)
    expect(trained.out).toMatch(/no \/ yes: \d+\.\d% of 12 held-out rows right; \d+\.\d% with the same steps/)
    const answers = await place.run('predict rows.onnx rows.csv --out answers.csv')
    expect(answers.code).toBe(0)
    const right = place
      .cells('answers.csv')
      .filter(([label], i) => i > 0 && rows[i - 1]!.endsWith(`,${label}`))
    expect(right.length).toBeGreaterThan(50)
  })

  it('trains 30 correlated columns at its defaults, and at more levels', async () => {
    // Thirty columns that say nearly the same: at a rate of 1 the weights grow beyond all bounds.
    const rows = Array.from({ length: 90 }, (_, i) => {
      const common = Math.sin(i * i)
      const cells = Array.from({ length: 30 }, (_, f) => (common + 0.3 * Math.sin(i * (f + 2))).toFixed(4))
      return `${cells},${common + 0.2 * Math.cos(3 * i) > 0 ? 'yes' : 'no'}`
    })
    const head = Array.from({ length: 30 }, (_, f) => `a${f}`)
    writeFileSync(place.at('wide.csv'), [`${head},ill`, ...rows].join('\n'))
    await refused(place, 'encrypt train wide.csv --label ill --learning-rate 1 --out wide.onnx', 2, [
      /z reaches \d+\.\d at step \d, and the sigmoid’s polynomial holds to 8; weights reach \S+, and 128 is held/,
      /a rate of 0\.\d+, which holds/,
    ])
    for (const [args, trips] of [
      ['wide.csv --steps 6 --out wide.onnx', 6],
      ['wide.csv --steps 4 --encrypt-rows --out wide-rows.onnx', 4],
      ['rows.csv --steps 4 --levels 8 --out levels.onnx', 2],
    ] as const) {
      const found = await json(place, `encrypt train --label ill ${args}`)
      expect(found.roundTrips).toBe(trips)
      expect(found.encrypted).toBeGreaterThan(0.8)
      expect(found.learningRate).toMatchObject({ chosen: true, learns: true })
      expect(found.learningRate.rate).toBeLessThanOrEqual(args.startsWith('wide') ? 0.5 : 1)
      expect(found.learningRate.reached.largest).toBeLessThanOrEqual(8)
    }
  })
})
