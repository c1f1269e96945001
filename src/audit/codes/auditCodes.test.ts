// The bracket: an honest bundle is within its certificate; each planted fault is caught by the part that is there for it.

import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectShown } from '../../../test/shownElements.ts'
import { type Tensor, tensor } from '../../graph/index.ts'
import { issueCertificate } from '../../protect/certified/certificate.ts'
import { writeCodeBundle } from '../../protect/certified/codeBundle.ts'
import type { CodeSource } from '../../protect/certified/codeSources.ts'
import { type CertifiedCodePane, createCodePane } from '../../protect/certified/createCodePane.ts'
import { recordsOf, takeCertified } from '../../protect/certified/issueCodePane.ts'
import { issueFromRecords } from '../../protect/certified/issueFromRecords.ts'
import { binomialUpper, klUpper } from '../../protect/certified/limits.ts'
import { readCodeBundle } from '../../protect/certified/readCodeBundle.ts'
import { type RepeatedSplit, repeatSplit } from '../../protect/certified/repeatSplit.ts'
import { hashUnits } from '../../protect/certified/unitList.ts'
import { seededStream } from '../../random/seeded.ts'
import { hitInterval } from '../../statistics/binomial.ts'
import type { Policy } from '../policy/policy.ts'
import { codeReportPage } from '../report/codePage.ts'
import { auditCodes } from './auditCodes.ts'
import type { CodeEvidence } from './contract.ts'
import { hitsByUnit, meanOf } from './hits.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-audit-codes-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** People with two numbers: the first is what is asked, the second what is hidden; the label tells a little of it. */
function source(rows = 2000, visits = 1): CodeSource {
  const draw = seededStream(3, 'rows')
  const hidden = Int32Array.from({ length: rows }, () => 0)
  const label = Int32Array.from({ length: rows }, () => 0)
  const data = new Float64Array(rows * 2)
  for (let row = 0; row < rows; row++) {
    hidden[row] = row % visits === 0 ? (draw.uniform() < 0.5 ? 1 : 0) : hidden[row - 1]!
    label[row] = draw.uniform() < 0.65 ? hidden[row]! : 1 - hidden[row]!
    data[row * 2] = 1000 + 6 * label[row]! + draw.normal()
    data[row * 2 + 1] = hidden[row]!
  }
  return {
    name: 'people',
    inputs: () => ({ x: tensor(data, [rows, 2], 'float64'), columns: null }),
    label: { names: ['no', 'yes'], of: label },
    units: Array.from({ length: rows }, (_, row) => `person ${Math.floor(row / visits)}`),
    unit: 'person',
    hidden: { kind: { names: ['a', 'b'], of: hidden } },
    warnings: [],
  }
}

const options = { epochs: 6, batch: 40, learningRate: 0.01, threads: 1, cells: 4 }
const audit = { effort: 'quick' as const, seed: 0, sha256: '0'.repeat(64) }

function evidenceOf(made: CertifiedCodePane, rows: RepeatedSplit): CodeEvidence {
  return {
    name: 'bundle',
    certificates: made.certificates.map(({ certificate }) => certificate),
    release: (x) => made.pane.release(x),
    codes: made.pane.codes,
    channel: made.channel?.channel,
    ...rows,
  }
}

let made: CertifiedCodePane
let rows: RepeatedSplit
let honest: CodeEvidence

beforeAll(async () => {
  made = await createCodePane(source(), options)
  rows = repeatSplit(source(), made, made.fixed)
  honest = evidenceOf(made, rows)
})

/** The hidden number of each row: what a pane sees as well, and must not send. */
const leak = ({ data }: Tensor): Int32Array =>
  Int32Array.from({ length: data.length / 2 }, (_, row) => Number(data[row * 2 + 1]))

describe('an honest bundle', () => {
  it('holds: attacks are below what is certified, and the checks are kept', async () => {
    const report = await auditCodes(honest, audit)
    expect(report.verdict.status).toBe('held')
    expect(report.policy).toBe(null)
    const [bracket] = report.brackets
    expect(bracket!.certified.upper).toBe(made.certificates[0]!.certificate.result.upper)
    expect(report.audited.units).toEqual({ learned: 200, judged: 200 })
    const titles = bracket!.attacks.map(({ finding }) => report.findings[finding]!.attack)
    expect(titles).toEqual([
      'certificate-rule',
      'fresh-table',
      'logistic-regression',
      'network',
      'label-known',
    ])
    // Two codes have four tables: every learner must have found the best one, or none.
    const values = bracket!.attacks.map(({ finding }) => report.findings[finding]!.metrics[0]!.value)
    expect(values[0]).toBeGreaterThan(0.55)
    expect(values.slice(0, 4)).toEqual(values.slice(0, 1).concat(values[0]!, values[0]!, values[0]!))
    expect(bracket!.attacks.every(({ above }) => !above)).toBe(true)
    expect(bracket!.attacks[4]!.upper).toBe(bracket!.certified.labelKnownUpper)
    expect(report.checks.map(({ name, held }) => [name, held])).toEqual([
      ['repeats', true],
      ['recount', true],
      ['drift', true],
    ])
    const page = codeReportPage(report)
    expectShown(page, report, 80)
    expect(page).toContain('Within what is certified')
    expect(page.match(/<svg[^>]*class="marks"/g)).toHaveLength(1)
  })

  it('shows other numbers of codes as estimates, and itself as certified', async () => {
    const { prices } = made
    const evidence = (attributes: readonly string[]): CodeEvidence => ({
      ...honest,
      prices: {
        format: 'frostglass-code-prices',
        version: 1,
        attributes: [...attributes],
        prices: [...prices],
      },
    })
    const report = await auditCodes(evidence(['kind']), audit)
    const { units, deltaEach, upper, estimate, floor } = made.certificates[0]!.certificate.result
    expect(report.prices!.units).toBe(units)
    expect(report.prices!.rows.map(({ codes, certified }) => [codes, certified])).toEqual([
      [2, true],
      [4, false],
    ])
    const [own, other] = report.prices!.rows
    // The certified row is of calibration units: its reading is that of the certificate.
    expect(own).toMatchObject({ estimate, upper, accuracy: floor!.accuracy })
    const success = prices.find(({ codes }) => codes === 4)!.success
    expect(other!.upper).toBe(binomialUpper(Math.ceil(success * units), units, deltaEach))
    expect(other!.information).toBeGreaterThanOrEqual(own!.information - 0.02)
    const page = codeReportPage(report)
    expectShown(page, report, 90)
    expect(page).not.toMatch(/<script|style="/)
    // One stop is turned to, and it alone claims a certificate; the other says in words that it has none.
    const [certified, estimated] = page.split('class="told').slice(1)
    expect(page.match(/ checked>/g)).toHaveLength(1)
    expect(certified).toContain('✓ certified: any adversary')
    expect(estimated).toContain('not certified')
    expect(estimated!.split('</dl>')[0]).not.toContain('✓')
    // Prices of several attributes together are of none that is certified.
    const joint = await auditCodes(evidence(['kind', 'other']), audit)
    expect(joint.prices!.rows.every((row) => !row.certified)).toBe(true)
    expect((await auditCodes(honest, audit)).prices).toBe(null)
  })

  it('is held to a policy by what is certified, not by what attacks got', async () => {
    const upper = made.certificates[0]!.certificate.result.upper
    const policy = (most: number, metric: 'attribute' | 'member' = 'attribute', against = 'any'): Policy => ({
      format: 'frostglass-policy',
      version: 2,
      name: 'mine',
      unmeasured: 'fails',
      rules: [{ name: 'rule', against, metric, most }],
    })
    const above = await auditCodes(honest, { ...audit, policy: policy(upper - 1e-6) })
    expect(above.verdict.status).toBe('broken')
    expect(above.judgements[0]).toMatchObject({ status: 'broken', finding: 0, upper })
    expect(above.brackets[0]!.attacks.some((attack) => attack.above)).toBe(false)
    const within = await auditCodes(honest, { ...audit, policy: policy(upper + 1e-6) })
    expect(within.verdict.status).toBe('held')
    expect(codeReportPage(within)).toContain('✓ held')
    // No attacker is left out of what is certified, whatever it holds.
    const blind = await auditCodes(honest, { ...audit, policy: policy(upper - 1e-6, 'attribute', 'blind') })
    expect(blind.judgements[0]).toMatchObject({ status: 'broken', upper })
    const other = await auditCodes(honest, { ...audit, policy: policy(0.9, 'member') })
    expect(other.verdict.status).toBe('not measured')
    await expect(
      auditCodes(honest, {
        ...audit,
        policy: {
          ...policy(0.9),
          rules: [{ name: 'r', against: 'any', metric: 'attribute', of: { attribute: 'sort' }, most: 0.9 }],
        },
      }),
    ).rejects.toMatchObject({ code: 'input', message: expect.stringContaining("'sort'") })
  })

  it('that tells nothing is certified all the same: its rule is not too weak to tell', async () => {
    const [certificate] = honest.certificates as [(typeof honest.certificates)[number]]
    const { statement } = certificate
    // Every unit in one code: what is certified is guessing, and its limit.
    const sums = [0, 1].map((s) =>
      Number((statement.table as { counts: number[][] }).counts.reduce((n, row) => n + row[s]!, 0)),
    )
    const one = issueCertificate({
      ...statement,
      table: { codes: 2, attributes: statement.table.attributes, counts: [sums, [0, 0]] },
      given: undefined,
      rule: undefined,
      policy: { limit: 0.7 },
    })
    const report = await auditCodes(
      { ...honest, certificates: [one], release: async (x) => new Int32Array(x.shape[0]!) },
      audit,
    )
    expect(one.result.estimate).toBe(one.result.blind)
    expect(report.judgements).toMatchObject([{ status: 'held', upper: one.result.upper }])
  })
})

describe('a planted fault is caught', () => {
  it('a code that looks at the attribute, of other people than those of calibration', async () => {
    const calibration = rows.calibration.units.length
    const report = await auditCodes(
      {
        ...honest,
        release: async (x) => (x.shape[0] === calibration ? made.pane.release(x) : leak(x)),
      },
      audit,
    )
    expect(report.verdict.status).toBe('broken')
    expect(report.verdict.headline).toBe('An attack tells “kind” more often than the certificate allows.')
    expect(report.checks.filter(({ name }) => name !== 'drift').every(({ held }) => held)).toBe(true)
    const fresh = report.brackets[0]!.attacks[1]!
    expect(fresh.above).toBe(true)
    expect(report.findings[fresh.finding]!.metrics[0]!.value).toBe(1)
    expect(codeReportPage(report)).toContain('✗ above')
  })

  it('a code that looks at the attribute always: counted again, the table is another', async () => {
    const report = await auditCodes({ ...honest, release: async (x) => leak(x) }, audit)
    expect(report.checks.find(({ name }) => name === 'recount')).toMatchObject({ held: false })
    expect(report.verdict.status).toBe('broken')
  })

  it('labels of other rows: counted again by label, the tables are others', async () => {
    const { calibration } = rows
    const label = { names: calibration.label.names, of: calibration.label.of.slice().reverse() }
    const report = await auditCodes({ ...honest, calibration: { ...calibration, label } }, audit)
    expect(report.checks.find(({ name }) => name === 'recount')).toMatchObject({ held: false })
    const named = { names: ['no', 'maybe'], of: calibration.label.of }
    await expect(
      auditCodes({ ...honest, calibration: { ...calibration, label: named } }, audit),
    ).rejects.toMatchObject({ code: 'input', message: expect.stringContaining('maybe') })
  })

  it('noise that no key fixes: the same input has another release the second time', async () => {
    const draw = seededStream(7, 'noise')
    const calibration = rows.calibration.units.length
    const report = await auditCodes(
      {
        ...honest,
        release: async (x) => {
          const codes = await made.pane.release(x)
          return x.shape[0] === calibration
            ? codes
            : codes.map((code) => (draw.uniform() < 0.05 ? 1 - code : code))
        },
      },
      audit,
    )
    expect(report.checks[0]).toMatchObject({ name: 'repeats', held: false })
    expect(report.verdict).toMatchObject({
      status: 'broken',
      headline: 'The certificate is not of what is released here.',
    })
    expect(report.advice[0]!.action).toContain('Fix the noise by a key')
  })

  it('a release that depends on what came before it', async () => {
    const report = await auditCodes(
      {
        ...honest,
        release: async (x) => (await made.pane.release(x)).map((code, row) => (row === 0 ? 1 - code : code)),
      },
      audit,
    )
    expect(report.checks[0]).toMatchObject({ name: 'repeats', held: false })
  })

  it('a release that is honest in company, and tells all of a row that comes alone', async () => {
    const report = await auditCodes(
      { ...honest, release: async (x) => (x.shape[0] === 1 ? leak(x) : honest.release(x)) },
      audit,
    )
    expect(report.checks[0]).toMatchObject({ name: 'repeats', held: false })
    expect(report.verdict.status).toBe('broken')
  })

  it('another population: the codes come otherwise', async () => {
    const { attacked } = rows
    const yes = Int32Array.from(attacked.label.of.keys()).filter(
      (row) => attacked.label.of[row] === 1 || row % 2 === 0,
    )
    const some = {
      ...attacked,
      x: tensor(
        Float64Array.from([...yes].flatMap((row) => [0, 1].map((j) => Number(attacked.x.data[row * 2 + j])))),
        [yes.length, 2],
        'float64',
      ),
      label: { names: attacked.label.names, of: Int32Array.from(yes, (row) => attacked.label.of[row]!) },
      attributes: {
        kind: {
          names: ['a', 'b'],
          of: Int32Array.from(yes, (row) => attacked.attributes['kind']!.of[row]!),
        },
      },
      units: Array.from(yes, (row) => attacked.units[row]!),
    }
    const report = await auditCodes({ ...honest, attacked: some }, audit)
    expect(report.checks.find(({ name }) => name === 'drift')).toMatchObject({ held: false })
    expect(report.verdict.status).toBe('broken')
  })

  it('too few units to attack are refused', async () => {
    const few = { ...rows.attacked, units: rows.attacked.units.map((_, row) => `unit ${row % 99}`) }
    await expect(auditCodes({ ...honest, attacked: few }, audit)).rejects.toMatchObject({
      code: 'input',
      message: expect.stringContaining('99 units'),
    })
  })
})

describe('a bundle whose parts do not belong together is refused', () => {
  const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

  it('an encoder that was changed after calibration, checksums and all', async () => {
    const at = join(folder, 'changed')
    await writeCodeBundle(at, made.files, made.split)
    const whole = await readCodeBundle(at)
    expect(whole.certificates).toHaveLength(1)
    await whole.pane.close()
    const other = await createCodePane(source(), { ...options, seed: 5 })
    const bytes = other.files['pane.onnx']!
    writeFileSync(join(at, 'pane.onnx'), bytes)
    await expect(readCodeBundle(at)).rejects.toMatchObject({
      code: 'input',
      message: expect.stringContaining('not what was written'),
    })
    const manifest = JSON.parse(readFileSync(join(at, 'manifest.json'), 'utf8'))
    const part = manifest.parts.find(({ file }: { file: string }) => file === 'pane.onnx')
    Object.assign(part, { bytes: bytes.length, sha256: sha256(bytes) })
    writeFileSync(join(at, 'manifest.json'), JSON.stringify(manifest))
    await expect(readCodeBundle(at)).rejects.toMatchObject({
      code: 'input',
      message: 'the pane is not the one that was certified',
    })
  })

  it('a calibration list that overlaps training: it is not the one that the split gives', async () => {
    const { split } = made
    const of = source()
    const counts = new Map(rows.calibration.units.map((unit) => [unit, 1]))
    const attackedUnits = new Set([...rows.attacked.units, ...rows.calibration.units])
    for (const unit of of.units.filter((name) => !attackedUnits.has(name)).slice(0, 20)) counts.set(unit, 1)
    const overlapping = { ...split, calibration: { ...split.calibration, sha256: hashUnits(counts) } }
    expect(() => repeatSplit(of, { split: overlapping }, made.fixed)).toThrow(
      /calibration part is not the list of units/,
    )
    // Nor does the bundle say so of itself, if its certificate does.
    const at = join(folder, 'overlapping')
    await writeCodeBundle(at, made.files, overlapping)
    await expect(readCodeBundle(at)).rejects.toThrow(/counted on other units than the calibration part/)
    const records = recordsOf(rows.calibration, 'kind', await made.pane.release(rows.calibration.x))
    expect(() =>
      issueFromRecords(records, {
        ...{ attribute: 'kind', unit: 'person', delta: 1e-3, candidates: 1, attributesCertified: 1 },
        sampling: 'iid',
        labelled: true,
        learned: records.slice(0, 5),
        sources: { ...made.fixed, madeFrom: {} },
      }),
    ).toThrow(/in the calibration codes and in the codes that were learned from/)
  })
})

describe('random outputs and several rows a unit', () => {
  it('are counted in part, and pooled rows have no bound', async () => {
    const of = source(3000, 3)
    const several = await createCodePane(of, { ...options, codes: 2, accuracy: 0.8 })
    const evidence = evidenceOf(
      several,
      repeatSplit(of, several, {
        ...several.fixed,
        channel: several.certificates[0]!.certificate.statement.sources.channel,
      }),
    )
    const report = await auditCodes(evidence, audit)
    expect(report.verdict.status).toBe('held')
    expect(report.audited.outputs).toBe(several.channel!.outputs.length)
    const [bracket] = report.brackets
    expect(bracket!.certified.theorem).toBe('B')
    const pooled = bracket!.attacks.find(({ upper }) => upper === null)!
    expect(report.findings[pooled.finding]).toMatchObject({ attack: 'all-rows', rows: 100 })
    const one = report.findings[bracket!.attacks[1]!.finding]!.metrics[0]!
    expect(report.findings[pooled.finding]!.metrics[0]!.value).toBeGreaterThan(one.value)
    expect(codeReportPage(report)).toContain('no bound is known')
    // Where outputs are drawn and rows depend on each other, a chi-square test would be wrong.
    expect(report.checks.map(({ name }) => name)).toEqual(['repeats', 'recount'])
  })

  it('are held together against what is certified of so many releases', async () => {
    const of = source(3000, 3)
    const made = await createCodePane(of, { ...options, releases: 3 })
    const [{ certificate }] = made.certificates as [(typeof made.certificates)[number]]
    expect(certificate.bundleLimits!.map(({ k }) => k)).toEqual([1, 2, 3])
    const evidence = evidenceOf(made, repeatSplit(of, made, made.fixed))
    const report = await auditCodes(evidence, audit)
    expect(report.verdict.status).toBe('held')
    const [bracket] = report.brackets
    const found = (k: number) =>
      bracket!.attacks.find(({ finding }) => report.findings[finding]!.attack === `releases-${k}`)!
    const value = (k: number) => report.findings[found(k).finding]!.metrics[0]!.value
    expect(found(3).upper).toBe(certificate.bundleLimits![2]!.upper)
    // Each release is a guess that is right in two thirds: three of them tell more than one, whichever attack asks.
    expect(value(3)).toBeGreaterThan(report.findings[bracket!.attacks[0]!.finding]!.metrics[0]!.value + 0.03)
    expect(value(3)).toBeLessThan(found(3).upper!)
    expect(codeReportPage(report)).toContain('3 releases of a unit together')
    expect(bracket!.notAttacked).toEqual([])
    // Windows dealt out among people of one value anew: single releases, labels and sums are the same, what three tell is not.
    const { statement } = certificate
    const { groups } = statement.bundles!
    const dealt = ['a', 'b'].flatMap((value) => {
      const own = groups.groups.filter(({ attribute }) => groups.attributes[attribute] === value)
      const codes = own
        .flatMap(({ counts }) => counts.flatMap((n, code) => new Array<number>(n).fill(code)))
        .sort()
      return own.map(({ attribute }, i) => ({
        attribute,
        counts: [0, 1].map((code) => codes.slice(3 * i, 3 * i + 3).filter((one) => one === code).length),
      }))
    })
    const forged = issueCertificate({
      ...statement,
      bundles: { ...statement.bundles!, groups: { ...groups, groups: dealt } },
    })
    expect(forged.result).toEqual(certificate.result)
    const counted = await auditCodes({ ...evidence, certificates: [forged] }, audit)
    expect(counted.checks.find(({ name }) => name === 'recount')).toMatchObject({ held: false })
    expect(counted.verdict.status).toBe('broken')
    // Two rows of each attacked unit: what three tell is certified, and cannot be attacked.
    const kept = Int32Array.from(evidence.attacked.units.keys()).filter((row) => row % 3 !== 2)
    const short = await auditCodes({ ...evidence, attacked: takeCertified(evidence.attacked, kept) }, audit)
    expect(short.brackets[0]!.notAttacked).toEqual([3])
    expect(codeReportPage(short)).toContain('not measured:')
    // Windows that are certified as if they were other people's: the limit is of what does not leave.
    const flat = certificate.bundleLimits!.map((limit) => ({ ...limit, upper: 0.55 }))
    const wrong = await auditCodes(
      { ...evidence, certificates: [{ ...certificate, bundleLimits: flat }] },
      audit,
    )
    expect(wrong.verdict.status).toBe('broken')
    expect(wrong.verdict.headline).toContain('more often than the certificate allows')
  })

  it('have the interval of their kind', () => {
    const channel = [
      [0.75, 0.25],
      [0, 1],
    ]
    const seen = {
      codes: Int32Array.of(0, 1, 1),
      hidden: Int32Array.of(0, 0, 1),
      label: new Int32Array(3),
      units: ['p', 'p', 'q'],
    }
    const hits = hitsByUnit(seen, channel, (output) => output)
    expect([...hits]).toEqual([
      ['p', 0.375],
      ['q', 1],
    ])
    const { value, interval } = meanOf(hits)
    expect(value).toBe(0.6875)
    expect(interval).toEqual([1 - klUpper(0.3125, 2, 0.025), klUpper(0.6875, 2, 0.025)])
    const whole = new Map(Array.from({ length: 50 }, (_, i) => [`u${i}`, Number(i < 30)]))
    expect(meanOf(whole)).toEqual({ value: 0.6, interval: hitInterval(30, 50) })
  })
})
