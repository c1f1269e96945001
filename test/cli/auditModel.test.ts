import { writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { modelReportSchema } from '../../src/audit/index.ts'
import { csv, refused, wheat, workplace, works } from './harness.ts'

const place = workplace()
const put = (name: string, text: string) => writeFileSync(place.at(name), text)
const rows = wheat.slice(1)
const half = (odd: number) => csv([wheat[0]!, ...rows.filter((_, i) => i % 2 === odd)])
const membership = 'audit membership --model model.onnx --members in.csv --others out.csv'

beforeAll(async () => {
  put('in.csv', half(0))
  put('out.csv', half(1))
  await works(place, 'train in.csv --label variety --folds 0 --epochs 40 --hidden 32 --out model.onnx')
})

describe('audit membership', () => {
  it('attacks by thresholds and shadow models, and writes page and JSON', async () => {
    const result = await place.run(
      `${membership} --shadows 4 --hidden 32 --epochs 40 --out report.html --json`,
    )
    const report = modelReportSchema.parse(JSON.parse(result.out))
    expect(result.code).toBe(report.verdict.status === 'broken' ? 3 : 0)
    expect(JSON.parse(place.read('report.json'))).toEqual(report)
    expect(place.read('report.html')).toContain(report.verdict.sentence)
    expect(report.audited).toMatchObject({
      name: 'model.onnx',
      rows: { members: 105, others: 105, shadows: 4 },
    })
    expect(report.findings.map(({ attack }) => attack).sort()).toEqual([
      'class-threshold',
      'lira-offline',
      'lira-online',
      'threshold',
    ])
    for (const { metrics, measures } of report.findings) {
      expect(metrics[0]!.value).toBeGreaterThan(0.3)
      expect(measures).toHaveLength(3)
    }
  })

  it('prints a table without --out, under a policy of one’s own', async () => {
    const rule = { name: 'all', against: 'threshold', metric: 'member', most: 0.99 }
    put('all.json', JSON.stringify({ format: 'frostglass-policy', version: 1, name: 'all', rules: [rule] }))
    const { out } = await works(place, `${membership} --policy all.json`)
    expect(out).toMatch(
      /^(At worst, it was told who had been in .*|No attack that was run did better than a guess)\.\nNo attack that was run got more than the policy “all” allows: someone who has a row/,
    )
    expect(out).toMatch(/Loss thresholds by class +│/)
    expect(out).toMatch(/105 rows that it was trained on, 105 rows that it was not\n$/)
  })

  it.each<[string, RegExp]>([
    [`${membership} --shadows 5`, /5 shadow models will not do/],
    [`${membership} --out report.txt`, /does not end in \.html/],
  ])('refuses %s', async (args, words) => {
    await refused(place, args, 2, [words])
  })
})

describe('audit canaries and audit training', () => {
  it('judge scores of another program’s model', async () => {
    await works(
      place,
      'audit canaries in.csv --label variety --count 150 --out salted.csv --canaries canaries.csv',
    )
    const coins = place
      .cells('canaries.csv')
      .slice(1)
      .map((row) => row.at(-1))
    put('scores.csv', csv(['score', ...coins.map((coin, i) => `${coin}.${i}`)]))
    const caught = await place.run('audit training --canaries canaries.csv --scores scores.csv --epsilon 1.5')
    expect(caught.code).toBe(3)
    expect(caught.out).toMatch(/measured: +ε ≥ [234]\.\d+ with confidence 95%/)
    expect(caught.out).toMatch(/150, of which \d+ were in; \d+ of \d+ guesses right/)
    put('bad.csv', csv(['score', '1', '2']))
    await refused(place, 'audit training --canaries canaries.csv --scores bad.csv --epsilon 3', 2, [
      /2 scores of canaries, and 150 coins/,
    ])
  })

  it.each<[string, RegExp]>([
    ['audit training --canaries canaries.csv --epsilon 3', /name either --model or --scores/],
    ['audit training --canaries in.csv --scores scores.csv --epsilon 3', /no column canary_included/],
    [
      'audit canaries canaries.csv --label variety --out x.csv --canaries y.csv',
      /has a column 'canary_included' already/,
    ],
  ])('refuse %s', async (args, words) => {
    await refused(place, args, 2, [words])
  })
})
