// frostglass obfuscate train --kind code: bundles that check, refusals that leave nothing behind.

import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { openCodePane } from '../../src/protect/certified/codePane.ts'
import { seededStream } from '../../src/random/seeded.ts'
import { csv, json, refused, workplace, works } from './harness.ts'

const place = workplace()
const train = 'obfuscate train --kind code --epochs 10 --batch 64 --learning-rate 0.01 --seed 1'

/** People of two kinds whom a third of the label tells apart; person 0 … 799 have two rows each, in `visits`. */
function people(visits: number): string[] {
  const draw = seededStream(1, 'people')
  const lines = ['person,height,weight,town,kind,answer']
  for (let person = 0; person < 1600 / visits; person++) {
    const kind = draw.uniform() < 0.5 ? 1 : 0
    const lean = draw.uniform() < 2 / 3 ? kind : 1 - kind
    for (let visit = 0; visit < visits; visit++) {
      const cell = (mean: number) => (mean + draw.normal()).toFixed(4)
      lines.push(
        [
          `p${person}`,
          cell(4 * lean),
          cell(3 * kind),
          `town ${person % 5}`,
          `kind ${kind}`,
          lean ? 'yes' : 'no',
        ].join(','),
      )
    }
  }
  return lines
}

beforeAll(() => {
  writeFileSync(place.at('people.csv'), csv(people(1)))
  writeFileSync(place.at('visits.csv'), csv(people(2)))
  writeFileSync(place.at('few.csv'), csv(people(1).slice(0, 101)))
})

describe('a code pane of a table', () => {
  it('comes with a certificate that checks, floor, attack and prices', async () => {
    const made = await json(
      place,
      `${train} --data people.csv --unit person --label answer --hide kind --out bundle`,
    )
    expect(made).toMatchObject({ out: 'bundle', codes: 2, outputs: 2 })
    expect(made.accuracy).toBeGreaterThan(0.9)
    const [certificate] = made.certificates
    expect(certificate).toMatchObject({
      attribute: 'kind',
      theorem: 'A',
      unit: 'person',
      units: 560,
      deltaEach: 1e-3,
    })
    expect(certificate.floor.estimate).toBeGreaterThan(0.6)
    expect(certificate.floor.estimate).toBeLessThan(0.73)
    expect(certificate.upper).toBeGreaterThan(certificate.estimate)
    expect(certificate.attack.units).toBe(320)
    expect(certificate.attack.success).toBeLessThan(certificate.upper)
    expect(made.prices.map((price: { codes: number }) => price.codes)).toEqual([2, 4, 8, 16, 32, 64])
    await works(
      place,
      'certify check bundle/certificate.json --pane bundle/pane.onnx --codebook bundle/codebook.json',
    )
    expect(JSON.parse(place.read('bundle/manifest.json')).split.calibration).toMatchObject({
      units: 560,
      rows: 560,
    })
  })

  it('releases in use what was certified: the pane takes a row as the table has it', async () => {
    const pane = await openCodePane(place.at('bundle/pane.onnx'))
    expect(pane.card.columns!.map(({ name }) => name)).toEqual(['height', 'weight', 'town', 'kind'])
    const row = (height: number) => [height, 1, 1, 0, 0, 0, 0, 1, 0]
    const x = { dtype: 'float64' as const, shape: [2, 9], data: Float64Array.of(...row(0), ...row(4)) }
    expect(Array.from(await pane.release(x), (code) => pane.card.labels[pane.card.labelOf[code]!])).toEqual([
      'no',
      'yes',
    ])
    await pane.close()
    const shown = await works(place, 'obfuscate show bundle/pane.onnx')
    expect(shown.out).toMatch(
      /^code: 2 codes of 2 labels: no, yes; fingerprint [0-9a-f]{32}\ntakes \[N, 9\], of height/,
    )
  })

  it('counts people, not rows, where a unit has several', async () => {
    const made = await json(
      place,
      `${train} --data visits.csv --unit person --label answer --hide kind --out visits`,
    )
    expect(made.certificates[0]).toMatchObject({ theorem: 'B', units: 280 })
    expect(made.manifest.split.calibration).toMatchObject({ units: 280, rows: 560 })
    expect(made.certificates[0].attack.lower).toBe(null)
  })

  it('gives up accuracy for privacy by a channel that is in the bundle and in the certificate', async () => {
    const made = await json(
      place,
      `${train} --data people.csv --label answer --hide kind --codes 4 --accuracy 75 --out random`,
    )
    expect(made.certificates[0].theorem).toBe('B')
    expect(made.accuracy).toBeGreaterThan(0.68)
    expect(made.accuracy).toBeLessThan(0.82)
    expect(made.channel.accuracy).toBeCloseTo(0.75, 6)
    const plain = JSON.parse(place.read('bundle/certificate.json')).result
    expect(made.certificates[0].estimate).toBeLessThan(plain.estimate - 0.03)
    const { channel } = JSON.parse(place.read('random/channel.json'))
    for (const law of channel) expect(law.reduce((a: number, b: number) => a + b, 0)).toBeCloseTo(1, 9)
    await works(
      place,
      'certify check random/certificate.json --channel random/channel.json --pane random/pane.onnx',
    )
  })

  it('certifies several attributes at a share of δ each, of so many candidates', async () => {
    const made = await json(
      place,
      `${train} --data people.csv --label answer --hide kind weight --delta 0.01 --candidates 5 --out several`,
    )
    expect(
      made.certificates.map((c: { attribute: string; deltaEach: number }) => [c.attribute, c.deltaEach]),
    ).toEqual([
      ['kind', 0.001],
      ['weight', 0.001],
    ])
    await works(place, 'certify check several/certificate-2-weight.json --pane several/pane.onnx')
  })

  it('is the same bundle from the same seed, and a certificate of another pane is refused', async () => {
    await works(place, `${train} --data people.csv --unit person --label answer --hide kind --out again`)
    for (const file of ['pane.onnx', 'codebook.json', 'certificate.json', 'manifest.json']) {
      expect(readFileSync(place.at(`again/${file}`))).toEqual(readFileSync(place.at(`bundle/${file}`)))
    }
    rmSync(place.at('again'), { recursive: true })
    await refused(place, 'certify check bundle/certificate.json --pane random/pane.onnx', 2, [
      /not the one that was certified/,
    ])
  })
})

describe('a code pane is refused, and nothing is written,', () => {
  it.each([
    [
      'below the floor',
      '--data people.csv --label answer --unit person --hide kind --policy 55',
      3,
      /infeasible.*6\d\.\d%/,
    ],
    [
      'where an attacker may be right more often than allowed',
      '--data people.csv --label answer --hide kind --policy 67',
      3,
      /exceeded/,
    ],
    [
      'of an attribute that the label tells',
      '--data people.csv --label answer --hide answer --policy 60',
      3,
      /infeasible.*100\.0%/,
    ],
    ['of few units', '--data few.csv --label answer --hide kind', 3, /not certifiable: 100 of row/],
    [
      'of more codes than the units carry',
      '--data people.csv --label answer --hide kind --codes 9',
      2,
      /too few for 9 codes/,
    ],
    ['that hides nothing', '--data people.csv --label answer', 2, /nothing is said to be hidden/],
    ['of a column that is not there', '--data people.csv --label answer --hide size', 2, /no column 'size'/],
    ['without a question', '--data people.csv --hide kind', 2, /--label/],
    ['with a δ that is none', '--data people.csv --label answer --hide kind --delta 1', 2, /δ|delta/i],
    [
      'filled by all rows',
      '--data people.csv --label answer --hide kind --missing mean',
      2,
      /calibration rows may play no part/,
    ],
    [
      'before a classifier',
      '--data people.csv --label answer --hide kind --classifier c.onnx',
      2,
      /--classifier does nothing here/,
    ],
    ['of images that have no such attribute', '--data digits --hide writer', 2, /no 'writer'/],
  ])('%s', async (_, options, code, message) => {
    const before = place.listing()
    await refused(place, `${train} ${options} --out none`, code, [message])
    expect(place.listing()).toEqual(before)
  })

  it('and options of code panes are refused of others', async () => {
    await refused(place, 'obfuscate train --classifier c.onnx --data digits --hide slant --out p.onnx', 2, [
      /--hide does nothing/,
    ])
    await refused(place, 'obfuscate train --data digits --out p.onnx', 2, [/--classifier/])
  })
})
