import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { beforeAll, describe, expect, it } from 'vitest'
import { faint, nastyNames, nastyReport, nastyTable, plantedAttacks } from '../../../test/leakReport.ts'
import { expectShown, pointersOf, shownElements } from '../../../test/shownElements.ts'
import { manifestPath, readManifest, restoreTable } from '../../protect/index.ts'
import { verifyManifest } from '../../protect/keyed/manifest.ts'
import { isRested } from '../policy/judgement.ts'
import { metricAt } from '../policy/place.ts'
import { defaultPolicy, type Policy } from '../policy/policy.ts'
import { linearInversion } from '../tables/attacks/linear.ts'
import { auditTable } from '../tables/auditTable.ts'
import { recoveryAttack } from '../tables/recovery.ts'
import { type LeakReport, reportSchema } from '../tables/reportSchema.ts'
import { type Format, written } from '../words.ts'
import { escaped } from './html.ts'
import { reportPage } from './page.ts'
import { jsonPathOf, writeReport } from './write.ts'

let report: LeakReport
let page: string
beforeAll(async () => {
  report = await nastyReport()
  page = await reportPage(report)
})

describe('the page', () => {
  it('shows what the JSON says: each number and text at its pointer', () => {
    expectShown(page, report, 200)
  })

  it('has no other number, but for the names of measures', () => {
    const rest = page
      .replace(/<head>[\s\S]*?<\/head>/, '')
      .replace(/<svg[\s\S]*?<\/svg>/g, '')
      .replace(shownElements, '')
      .replace(/<[^>]*>/g, ' ')
      .replace(/\b95%|\b[15]%|SHA-256/g, '')
    expect(rest.match(/[^\s]*\d[^\s]*/g)).toBeNull()
  })

  it('shows every finding, rule, piece of advice, curve and attack that was not run', () => {
    const pointers = pointersOf(page)
    report.findings.forEach((finding, f) => {
      finding.metrics.forEach((_, m) => {
        for (const name of ['value', 'interval/0', 'interval/1', 'chance']) {
          expect(pointers).toContain(`/findings/${f}/metrics/${m}/${name}`)
        }
      })
      finding.notes.forEach((_, n) => {
        expect(pointers).toContain(`/findings/${f}/notes/${n}`)
      })
    })
    report.policy.rules.forEach((_, r) => {
      expect(pointers).toContain(`/policy/rules/${r}/name`)
    })
    report.advice.forEach((_, a) => {
      expect(pointers).toContain(`/advice/${a}/action`)
    })
    report.untested.forEach((_, u) => {
      expect(pointers).toContain(`/untested/${u}/why`)
    })
    report.curves!.lines.forEach(({ points }, l) => {
      points.forEach((_, p) => {
        expect(pointers).toContain(`/curves/lines/${l}/points/${p}/value`)
      })
    })
    expect(report.untested.map(({ attack }) => attack)).toEqual(['greedy', 'elsewhere'])
    // Attacks are lower limits: where nothing stands above them, the page says so.
    expect(page).toContain('no bound is known')
  })

  it('escapes names of columns and attacks, in text, attributes and charts', () => {
    for (const name of nastyNames) expect(page).toContain(escaped(name))
    expect(page).not.toMatch(/<script|<b>|<i>|<em>|<img/i)
    // A quote in a name does not end an attribute: tags have the attributes that page.ts writes, and no handler.
    const tags = page.match(/<[a-z][^>]*>/gi)!
    expect(tags.filter((tag) => /\son\w+\s*=/i.test(tag.replace(/"[^"]*"/g, '""')))).toEqual([])
  })

  it('loads nothing and runs nothing', () => {
    expect(page).toMatch(
      /content="default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'"/,
    )
    expect(page).not.toMatch(/<(script|link|img|iframe|object|embed|form|base)\b/i)
    const urls = [...page.matchAll(/(?:href|src)="([^"]*)"|url\(([^)]*)\)|@import/g)].map((m) => m[1] ?? m[0])
    expect(urls.filter((url) => !url.startsWith('#'))).toEqual([])
  })

  it('has each id once, and every link of its own leads somewhere', () => {
    const ids = [...page.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const [, id] of page.matchAll(/(?:href="#|aria-labelledby=")([^"]*)"/g)) expect(ids).toContain(id)
  })
})

describe('the report', () => {
  it('fits its schema, also after JSON', () => {
    expect(reportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report)
  })

  it('speaks of the worst that broke a rule, in the words of whom it harms, and counts the rules', () => {
    const { verdict, judgements, findings, policy } = report
    expect(judgements.map(({ status }) => status)).toEqual([
      'broken', // known rows
      expect.any(String),
      'broken', // a single column
      'broken', // some people
      'too weak', // the blind guesser says what a constant guess says, which tells nothing
      'not measured', // nobody correlates
      'broken', // planted links
      'broken', // planted classes
    ])
    const worst = judgements[verdict.judgement!]!
    if (!isRested(worst)) throw new Error('the verdict rests on nothing')
    expect(worst.status).toBe('broken')
    const metric = metricAt(findings, verdict.worst!)
    expect(verdict.headline).toContain(written(metric.value, 'share'))
    expect(verdict.headline).toMatch(/of the cells were recovered/)
    expect(verdict.sentence).toMatch(
      /^Do not release this file: someone who knows 20 of its rows and which protected rows they became recovers/,
    )
    expect(verdict.sentence).toContain(`where guessing gets ${written(metric.chance, 'share')}`)
    expect(verdict.rules.broken).toBeGreaterThanOrEqual(5)
    expect(verdict.rules.notMeasured).toBe(1)
    expect(Object.values(verdict.rules).reduce((a, b) => a + b)).toBe(policy.rules.length)
    expect(verdict.rules.tooWeak).toBeGreaterThanOrEqual(1)
    expect(verdict.sentence).toContain(`${verdict.rules.broken} broken, `)
    expect(verdict.sentence).toContain('1 not measured')
  })

  it('marks what is worse than a constant guess, and its rule does not hold', async () => {
    const far = recoveryAttack({
      ...plantedAttacks.find(({ name }) => name === 'guesser')!,
      name: 'far',
      recover: (view) => ({
        features: view.marginals.map((sorted) =>
          new Float64Array(view.unseen[0]!.length).fill(sorted.at(-1)!),
        ),
      }),
    })
    const weak = await nastyReport({ attacks: [far] })
    expect(weak.findings[0]!.metrics.map(({ tooWeak }) => tooWeak)).toContain(true)
    expect(weak.judgements[4]).toMatchObject({ status: 'too weak', weak: 1 })
    expect(weak.verdict).toMatchObject({ status: 'not measured', rules: { held: 0, broken: 0 } })
    expect(weak.verdict.headline).toMatch(/^8 of 8 rules could not be measured\.$/)
    expect(weak.verdict.sentence).toContain('does worse than a constant guess')
    expect(weak.verdict.sentence).toContain('3 asked only by attacks too weak to tell, 5 not measured, of 8.')
    const shown = await reportPage(weak)
    expectShown(shown, weak, 50)
    expect(shown).toContain('– too weak to tell: a constant guess does as well')
    expect(shown).toContain('✗ The policy does not hold: not all of it was measured')
    expect(weak.advice.map(({ action }) => action).join('\n')).toMatch(
      /Do not take as held what was not measured: “Known rows.*\n.*what only weak attacks asked: “/,
    )
  })

  it('fails on what was not measured, unless the policy lets it pass, and says so either way', async () => {
    const rule = { name: 'Some', against: 'faint', metric: 'cells5', mostAboveBaseline: 0.1 } as const
    const policyOf = (unmeasured: 'fails' | 'allowed'): Policy => ({
      format: 'frostglass-policy',
      version: 2,
      name: 'mine',
      unmeasured,
      rules: [rule, { ...rule, name: 'None', against: 'server' }],
    })
    const attacks = [faint]
    const [failed, passed] = [
      await nastyReport({ attacks, policy: policyOf('fails') }),
      await nastyReport({ attacks, policy: policyOf('allowed') }),
    ]
    expect(failed.verdict).toMatchObject({
      status: 'not measured',
      headline: '1 of 2 rules could not be measured.',
    })
    expect(failed.verdict.sentence).toContain('not measured is not held')
    expect(passed.verdict.status).toBe('held')
    for (const { verdict } of [failed, passed])
      expect(verdict.sentence).toContain('Rules of the policy “mine”: 1 not measured, 1 held, of 2.')
  })

  it('refuses a policy on a column that the table has not', async () => {
    const rule = { name: 'R', against: 'any', metric: 'cells5', of: { attribute: 'x' }, most: 1 } as const
    const policy: Policy = {
      format: 'frostglass-policy',
      version: 2,
      name: 'mine',
      unmeasured: 'fails',
      rules: [rule],
    }
    await expect(nastyReport({ policy })).rejects.toThrow(/asks about an attribute 'x' in its rule 'R', but/)
  })

  it('advises from what was found', () => {
    const said = report.advice.map(({ action, reason }) => `${action} ${reason}`).join('\n')
    const { half, lines } = report.curves!
    const point = lines.find((l) => l.attack === half!.attack)!.points.find((p) => p.known === half!.known)!
    expect(said).toContain(`may come to know ${half!.known} of its rows`)
    expect(said).toContain(`recovers ${written(point.value, 'share')} of all other cells`)
    expect(said).toContain('Take the labels as known to the service')
    expect(said).toContain('people being found')
    expect(said).not.toContain('single layer')
    expect(said).not.toContain('would not show the table itself')
  })

  it('numbers rows as the table does, names columns, and holds no value', () => {
    const cells = report.findings.flatMap(({ cells: own }) => own ?? [])
    expect(cells.length).toBeGreaterThan(0)
    for (const { row, attribute } of cells) {
      expect(row).toBeGreaterThanOrEqual(1)
      expect(row).toBeLessThanOrEqual(150)
      expect(nastyNames).toContain(attribute)
    }
    for (const curve of report.curves!.lines) {
      expect(curve.points.map(({ known }) => known)).toEqual([2, 5, 6, 10, 20, 50])
    }
  })

  it('of one layer says that it is solved', async () => {
    const single = await nastyReport({ layers: 1 })
    expect(single.advice[0]!.action).toContain('a single layer is solved by linear algebra')
    expect(single.curves!.half!.known).toBeLessThanOrEqual(nastyNames.length + 1)
    const at = single.findings.findIndex(({ attack }) => attack === 'linear-inversion')
    expect(single.findings[at]!.metrics.find(({ name }) => name === 'cells1')!.value).toBe(1)
  })

  it('holds where nothing is found, and says that this is no proof', async () => {
    const table = await nastyTable()
    try {
      const options = { known: 20, effort: 'quick', seed: 1 } as const
      const audit = (attacks: typeof plantedAttacks) =>
        auditTable(table.protectedPath, table.original, table.key, { ...options, attacks })
      const calm = await auditTable(table.protectedPath, table.original, table.key, {
        ...options,
        attacks: [faint],
        policy: {
          ...defaultPolicy,
          rules: defaultPolicy.rules.filter(
            ({ against, metric }) => against === 'blind' && metric === 'cells5',
          ),
        },
      })
      expect(calm.verdict.status).toBe('held')
      expect(calm.verdict.sentence).toMatch(/That is no proof of safety\.$/)
      expect(calm.curves).toBeNull()
      expect(await reportPage(calm)).toContain('No attack with known rows applies')
      const empty = await audit([])
      expect(empty.verdict).toMatchObject({ status: 'not measured', judgement: null, worst: null })
      expect(await reportPage(empty)).toContain('nothing can be said')
    } finally {
      table.remove()
    }
  })

  it('is the same for the same seed, but for times', async () => {
    const again = await nastyReport()
    const timeless = ({ findings, run, ...rest }: LeakReport) => ({
      ...rest,
      findings: findings.map(({ seconds: _, ...f }) => f),
      seed: run.seed,
    })
    expect(timeless(again)).toEqual(timeless(report))
  })
})

describe('written out', () => {
  it('stands beside the page, and its summary in the sealed manifest', async () => {
    const table = await nastyTable()
    try {
      const { protectedPath, key } = table
      const own = await auditTable(protectedPath, table.original, key, {
        attacks: [linearInversion],
        known: 20,
        effort: 'quick',
        seed: 1,
      })
      const out = join(table.folder, 'report.html')
      await writeReport(own, out, protectedPath, key)
      const json = readFileSync(jsonPathOf(out))
      expect(JSON.parse(json.toString())).toEqual(own)
      expect(readFileSync(out, 'utf8')).toBe(await reportPage(own))
      const manifest = await readManifest(protectedPath)
      verifyManifest(manifest, key, protectedPath)
      const metric = own.findings[0]!.metrics[0]!
      expect(manifest.leakReport).toEqual({
        verdict: 'broken',
        policy: 'default (not measured: 4 of 8 rules)',
        known: 20,
        best: {
          attack: 'linear-inversion',
          standpoint: 'leak',
          metric: 'cells5',
          value: metric.value,
          interval: metric.interval,
        },
        sha256: bytesToHex(sha256(json)),
        time: own.run.date,
      })
      expect(readFileSync(manifestPath(protectedPath), 'utf8')).not.toContain('script')
      // The data are still what the manifest describes.
      expect(await restoreTable(protectedPath, key, join(table.folder, 'back.csv'))).toEqual({ rows: 150 })
      await expect(writeReport(own, out, protectedPath, key)).rejects.toMatchObject({ code: 'usage' })
      expect(JSON.parse(readFileSync(jsonPathOf(out), 'utf8'))).toEqual(own)
    } finally {
      table.remove()
    }
  })

  it('leaves nothing when the page cannot be written', async () => {
    const table = await nastyTable()
    try {
      const { protectedPath, key } = table
      const out = join(table.folder, 'nowhere', 'report.html')
      await expect(writeReport(report, out, protectedPath, key)).rejects.toMatchObject({ code: 'io' })
      expect(existsSync(jsonPathOf(out))).toBe(false)
      // The key is another than the manifest's: found out last, and the two files go again.
      const other = await nastyTable({ layers: 3 })
      const here = join(table.folder, 'report.html')
      await expect(writeReport(report, here, protectedPath, other.key)).rejects.toMatchObject({ code: 'key' })
      expect([existsSync(here), existsSync(jsonPathOf(here))]).toEqual([false, false])
      expect((await readManifest(protectedPath)).leakReport).toBeNull()
      other.remove()
    } finally {
      table.remove()
    }
  })
})

describe('the audit', () => {
  it('refuses more known rows than half of the table, and stops when told', async () => {
    const table = await nastyTable()
    try {
      const audit = (known: number, signal?: AbortSignal) =>
        auditTable(table.protectedPath, table.original, table.key, {
          attacks: plantedAttacks,
          known,
          effort: 'quick',
          seed: 1,
          signal,
        })
      await expect(audit(76)).rejects.toThrow(
        'of 150 audited rows at most 75 can be known, but --known says 76',
      )
      const controller = new AbortController()
      const running = audit(20, controller.signal)
      controller.abort()
      await expect(running).rejects.toMatchObject({ code: 'aborted' })
    } finally {
      table.remove()
    }
  })

  it('finds the same in worker threads, which know built-in attacks alone', async () => {
    const table = await nastyTable()
    try {
      const audit = (attacks: typeof plantedAttacks, threads?: number) =>
        auditTable(table.protectedPath, table.original, table.key, {
          attacks,
          known: 20,
          effort: 'quick',
          seed: 1,
          threads,
        })
      const [here, there] = [await audit([linearInversion]), await audit([linearInversion], 2)]
      expect(there.findings[0]!.metrics).toEqual(here.findings[0]!.metrics)
      expect(there.curves).toEqual(here.curves)
      await expect(audit([plantedAttacks[1]!], 1)).rejects.toThrow('there is no attack guesser')
    } finally {
      table.remove()
    }
  })

  it('tells how far it is', async () => {
    const table = await nastyTable()
    const shares: number[] = []
    try {
      await auditTable(table.protectedPath, table.original, table.key, {
        attacks: plantedAttacks,
        known: 20,
        effort: 'quick',
        seed: 1,
        onProgress: (done, total) => shares.push(done / total),
      })
    } finally {
      table.remove()
    }
    expect(shares.at(-1)).toBe(1)
    expect(shares).toEqual(shares.toSorted((a, b) => a - b))
  })
})

describe('numbers', () => {
  it.each<[number, Format, string]>([
    [0.8511, 'share', '85.1%'],
    [0.9997, 'share', 'over 99.9%'],
    [1, 'share', '100.0%'],
    [0.0002, 'share', 'below 0.1%'],
    [0, 'share', '0.0%'],
    [-0.123, 'share', '−12.3%'],
    [-0.0001, 'share', '0.0%'],
    [-7e9, 'share', 'below −100%'],
    [1e-12, 'error', 'below 0.1%'],
    [12345, 'count', '12,345'],
    [0.04, 'seconds', '0.0 s'],
    [61.4, 'seconds', '61 s'],
  ])('%d as %s is written %s', (value, format, text) => {
    expect(written(value, format)).toBe(text)
  })
})
