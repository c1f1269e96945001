// Certificates of random tables as JSON, for certificates_check.py, which computes them by SciPy from PROOF.md alone.
// Optional; no test runs it: `node scripts/certificates.ts | python3 scripts/certificates_check.py` (pip install scipy).

import { certifyBundles } from '../src/protect/certified/bundles.ts'
import { certify } from '../src/protect/certified/certify.ts'
import { seededStream } from '../src/random/seeded.ts'

const random = seededStream(1, 'certificates for an outside check')
const pick = <T>(of: readonly T[]): T => of[random.below(of.length)]!
const cases = Array.from({ length: 300 }, () => {
  const [codes, attributes, labels] = [1 + random.below(12), 2 + random.below(5), 2 + random.below(4)]
  const scale = pick([3, 40, 3000])
  const parts = Array.from({ length: labels }, () =>
    Array.from({ length: codes }, () => Array.from({ length: attributes }, () => random.below(scale))),
  )
  parts.forEach((part) => {
    part[0]![0]! += 1
  })
  const counts = parts[0]!.map((row, c) =>
    row.map((_, s) => parts.reduce((sum, part) => sum + part[c]![s]!, 0)),
  )
  const names = (n: number, prefix: string) => Array.from({ length: n }, (_, i) => `${prefix}${i}`)
  const shape = { codes, attributes: names(attributes, 's') }
  const delta = pick([1e-12, 1e-6, 1e-3, 0.05, 0.4])
  const sampling = pick(['iid', 'stratified'] as const)
  const outputs = 1 + random.below(4)
  const channel = pick([
    undefined,
    counts.map(() => {
      const row = Array.from({ length: outputs }, () => random.uniform() + 0.01)
      const all = row.reduce((a, b) => a + b, 0)
      return row.map((p) => p / all)
    }),
  ])
  const rule = parts.map(() => random.below(attributes))
  const given = { labels: names(labels, 'y'), tables: parts.map((part) => ({ ...shape, counts: part })) }
  const { upper, estimate, floor, gain, blind } = certify(
    { ...shape, counts },
    { delta, unit: 'unit', sampling, channel, given, rule },
  )
  return { counts, parts, delta, sampling, channel, rule, ours: { upper, estimate, floor, gain, blind } }
})
const bundles = Array.from({ length: 40 }, () => {
  const [codes, attributes] = [2 + random.below(3), 2 + random.below(2)]
  const groups = Array.from({ length: 3 + random.below(6) }, (_, g) => ({
    attribute: g % attributes,
    counts: Array.from({ length: codes }, () => 1 + random.below(6)),
  }))
  const reading = pick(['windows', 'sessions'] as const)
  const options = { reading, most: 3, delta: 0.01 }
  const ours = certifyBundles(
    { codes, attributes: Array.from({ length: attributes }, (_, s) => `s${s}`), groups },
    options,
  )
  return { groups, attributes, ...options, ours }
})
console.log(JSON.stringify({ cases, bundles }))
