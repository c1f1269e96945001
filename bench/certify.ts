// Certificates: a table of 25,000 units × 160 codes certified, and bundles and channels of what experiments have.
// Source: PROOF.md of src/protect/certified. The goal of the first is 50 ms: it is computed again wherever it is checked.

import { certify } from '../src/protect/certified/certify.ts'
import { channelFrontier } from '../src/protect/certified/channel.ts'
import { mergeCodes } from '../src/protect/certified/merge.ts'
import { seededStream } from '../src/random/seeded.ts'
import { median } from '../src/statistics/median.ts'
import { type Context, type Measurement, type Row, timed } from './measurement.ts'

const [labels, attributes, units] = [10, 3, 25_000]

/** Units whose code is of their label, mostly, and tells something of the attribute. */
function tablesOf(codes: number) {
  const random = seededStream(1, 'certificates')
  const labelOf = Array.from({ length: codes }, (_, code) => code % labels)
  const cells = Array.from({ length: labels }, () =>
    Array.from({ length: codes }, () => new Array<number>(attributes).fill(0)),
  )
  const leans = Array.from({ length: codes }, () => random.below(attributes))
  for (let i = 0; i < units; i++) {
    const code = random.below(codes)
    const label = random.uniform() < 0.98 ? labelOf[code]! : random.below(labels)
    const attribute = random.uniform() < 0.2 ? leans[code]! : random.below(attributes)
    cells[label]![code]![attribute]! += 1
  }
  const sum = (of: readonly number[]) => of.reduce((a, b) => a + b, 0)
  const names = Array.from({ length: attributes }, (_, s) => `s${s}`)
  const table = (counts: readonly (readonly number[])[]) => ({ codes, attributes: names, counts })
  return {
    table: table(labelOf.map((_, c) => names.map((_, s) => sum(cells.map((part) => part[c]![s]!))))),
    given: { labels: cells.map((_, y) => `y${y}`), tables: cells.map(table) },
    labelOf,
    byLabel: labelOf.map((_, c) => cells.map((part) => sum(part[c]!))),
    byAttribute: labelOf.map((_, c) => names.map((_, s) => sum(cells.map((part) => part[c]![s]!)))),
  }
}

async function run({ quick }: Context): Promise<Row[]> {
  const sampled = async (work: () => unknown) => {
    await work()
    const samples: number[] = []
    for (let i = 0; i < (quick ? 3 : 9); i++) samples.push(await timed(1, work))
    return median(samples)
  }
  const [wide, narrow] = [tablesOf(160), tablesOf(80)]
  const { table, given } = wide
  return [
    {
      what: `certify ${units.toLocaleString('en')} units × 160 codes, with labels`,
      unit: 'ms',
      ours: await sampled(() =>
        certify(table, { delta: 1e-3, unit: 'row', given, rule: given.labels.map(() => 0) }),
      ),
      goal: { of: 'ours', bound: 'at most', value: 50 },
    },
    {
      what: 'merge 320 codes to 10',
      unit: 'ms',
      ours: await sampled(() => mergeCodes(tablesOf(320), { beta: 1, codes: 10 })),
    },
    {
      what: 'the whole frontier of channels, 80 codes to 30 outputs',
      unit: 'ms',
      ours: await sampled(() => channelFrontier(narrow)),
    },
  ]
}

/** Certificates of released codes. */
export const certificates: Measurement = {
  name: 'certify',
  about: 'certificates of released codes: counting, merging, channels',
  run,
}
