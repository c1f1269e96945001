import { beforeAll, describe, expect, it } from 'vitest'
import { expectShown, pointersOf } from '../../../test/shownElements.ts'
import { takeImages } from '../../data/index.ts'
import { tensor } from '../../graph/index.ts'
import { defaultImagePolicy } from '../policy/policy.ts'
import { imageReportPage } from '../report/imagePage.ts'
import { imageAttacks } from './attacks.ts'
import { auditImages } from './auditImages.ts'
import type { ImageAttack } from './contract.ts'
import { matchPanes } from './evidence.ts'
import { type ImageLeakReport, imageReportSchema } from './reportSchema.ts'
import { barImages, evidenceOf, identityPane, projectionPane } from './testing.ts'

const nasty = '"><img src=x onerror=alert(1)>'
const images = barImages(60, 2)
const named = { ...images, name: nasty, attributes: { [nasty]: images.attributes['side']! } }
const panes = [identityPane(images.shape)]
const options = { effort: 'quick', seed: 1 } as const
const some = (...names: string[]) => imageAttacks.filter(({ name }) => names.includes(name))

let report: ImageLeakReport
let page: string
beforeAll(async () => {
  report = await auditImages(await evidenceOf(panes, named, barImages(200, 1)), options)
  page = imageReportPage(report)
})

describe('the report', () => {
  it('fits its schema, also after JSON, and names what was not run', () => {
    expect(imageReportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report)
    expect(report.untested.map(({ attack }) => attack)).toEqual(['noisynet', 'pathnet', 'pane-identity'])
    expect(new Set(report.findings.map(({ attack }) => attack))).toEqual(
      new Set([
        'recnet',
        'attribute-server',
        'blind-map',
        'reidentification',
        'distance-matching',
        'membership',
      ]),
    )
  })

  it('of a pane that hides nothing is broken, says how, and what to change', () => {
    expect(page).toContain('no bound is known')
    expect(report.verdict.status).toBe('broken')
    // Of three broken rules the gravest speaks: everybody's attribute is told.
    expect(report.verdict.headline).toBe(`“${nasty}” of 100.0% of the samples was told.`)
    expect(report.verdict.sentence).toMatch(
      /^Do not release these samples: the service, .* names “.*” of 100\.0% of the samples, where guessing gets [\d.]+%\./,
    )
    expect(report.verdict.rules).toMatchObject({ broken: 3, held: 1 })
    expect(report.judgements.map(({ status }) => status).slice(0, 3)).toEqual(['broken', 'broken', 'broken'])
    expect(report.advice.map(({ action }) => action).join('\n')).toMatch(
      /would not show the images.*\n.*attributes/,
    )
  })

  it('holds where attacks stay at chance, and says that this is no proof', async () => {
    const blank = {
      ...(await evidenceOf(panes, images)),
      released: tensor(new Float32Array(60 * 144), [60, 1, 12, 12]),
    }
    const attacks = some('recnet', 'reidentification')
    const asked = defaultImagePolicy.rules.filter(({ metric }) => metric === 'ssim' || metric === 'rank1')
    const policy = { ...defaultImagePolicy, rules: asked }
    const calm = await auditImages(blank, { ...options, attacks, policy })
    expect(calm.verdict.status).toBe('held')
    // What nobody tried has not held.
    const partly = await auditImages(blank, { ...options, attacks })
    expect(partly.verdict).toMatchObject({ status: 'not measured', rules: { held: 2, notMeasured: 2 } })
    expect(partly.advice[0]!.reason).toContain('--training')
    expect(calm.verdict.sentence).toMatch(/That is no proof of safety\.$/)
    expect(calm.audited).toMatchObject({ kind: 'images', training: null, sha256: null, images: 60 })
  })

  it('tries ink and slant where nobody named an attribute', async () => {
    const { attributes: _, ...rest } = images
    const plain = { ...rest, attributes: {} }
    const evidence = await evidenceOf(panes, plain, barImages(200, 1))
    // A policy can name one of them; one that is not there is refused.
    const naming = (...names: string[]) => ({
      ...defaultImagePolicy,
      rules: names.map((attribute) => ({ ...defaultImagePolicy.rules[1]!, of: { attribute } })),
    })
    const attacks = some('attribute-server')
    const found = await auditImages(evidence, { ...options, attacks, policy: naming('slant', 'ink') })
    expect(found.audited.attributes).toEqual(['ink', 'slant'])
    found.judgements.forEach((judgement, j) => {
      const { finding } = judgement as { finding: number }
      expect(found.findings[finding]!.about).toBe(['slant', 'ink'][j])
    })
    // What left is the images themselves.
    expect(found.verdict.headline).toMatch(/^“(ink|slant)” of [\d.]+% of the samples was told\.$/)
    await expect(auditImages(evidence, { ...options, policy: naming('glasses') })).rejects.toThrow(
      /an attribute 'glasses' .* but bars has 'ink', 'slant'/,
    )
  })

  it('is the same for the same seed, but for times', async () => {
    const attacks = some('blind-map', 'reidentification', 'attribute-server')
    const once = async () => {
      const { findings } = await auditImages(await evidenceOf(panes, images), { ...options, attacks })
      return findings.map(({ seconds: _, ...finding }) => finding)
    }
    expect(await once()).toEqual(await once())
  })

  it('stops when told, and tells how far it is', async () => {
    const evidence = await evidenceOf(panes, images)
    const controller = new AbortController()
    const shares: number[] = []
    const running = auditImages(evidence, {
      ...options,
      signal: controller.signal,
      onProgress(done, total) {
        shares.push(done / total)
        controller.abort()
      },
    })
    await expect(running).rejects.toMatchObject({ code: 'aborted' })
    expect(shares.length).toBeGreaterThan(0)
    const attacks = some('reidentification')
    await auditImages(evidence, {
      ...options,
      attacks,
      onProgress: (done, total) => shares.push(done / total),
    })
    expect(shares.at(-1)).toBe(1)
  })

  it('runs attacks of others', async () => {
    const own: ImageAttack = {
      ...some('reidentification')[0]!,
      name: 'own',
      async run() {
        return [
          {
            attack: 'own',
            title: 'own',
            standpoint: 'blind',
            known: 0,
            rows: 1,
            metrics: [{ name: 'ssim', value: 0.2, interval: [0.1, 0.3], chance: 0.19 }],
            measures: [],
            pictures: [],
            notes: [],
            seconds: 0,
          },
        ]
      },
    }
    const calm = await auditImages(await evidenceOf(panes, images), { ...options, attacks: [own] })
    expect(calm.verdict.sentence).toMatch(
      /^Do not release these samples on this evidence: .* so few samples were judged/,
    )
  })
})

describe('the page', () => {
  it('shows what the JSON says: each number and text at its pointer', () => {
    expectShown(page, report, 100)
  })

  it('shows every metric, measure and picture', () => {
    const pointers = pointersOf(page)
    report.findings.forEach((finding, f) => {
      finding.metrics.forEach((_, m) => void expect(pointers).toContain(`/findings/${f}/metrics/${m}/value`))
      finding.measures.forEach(
        (_, m) => void expect(pointers).toContain(`/findings/${f}/measures/${m}/value`),
      )
      finding.pictures.forEach(({ kind, data }, p) => {
        expect(pointers).toContain(`/findings/${f}/pictures/${p}/title`)
        expect(page).toContain(kind === 'png' ? `data:image/png;base64,${data}` : data)
      })
    })
  })

  it('loads nothing, runs nothing, and escapes names', () => {
    expect(page).toMatch(
      /content="default-src 'none'; style-src 'sha256-[^']+'; img-src data:; base-uri 'none'; form-action 'none'"/,
    )
    expect(page).not.toMatch(/<(script|link|iframe|object|embed|form|base)\b/i)
    expect(page).not.toContain(nasty)
    const urls = [...page.matchAll(/(?:href|src)="([^"]*)"|url\(([^)]*)\)|@import/g)].map((m) => m[1] ?? m[0])
    expect(urls.filter((url) => !/^(#|data:image\/png;base64,)/.test(url))).toEqual([])
    const tags = page.match(/<[a-z][^>]*>/gi)!
    expect(tags.filter((tag) => /\son\w+\s*=/i.test(tag.replace(/"[^"]*"/g, '""')))).toEqual([])
  })

  it('has each id once, and every picture words for those who do not see it', () => {
    const ids = [...page.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const [, id] of page.matchAll(/(?:href="#|aria-labelledby=")([^"]*)"/g)) expect(ids).toContain(id)
    for (const [tag] of page.matchAll(/<img[^>]*>/g)) expect(tag).toMatch(/alt="[^"]{20,}"/)
  })
})

describe('evidence', () => {
  it('of several panes: finds which made which sample', async () => {
    const several = [1, 2, 3].map((seed) => projectionPane(images.shape, 20, seed))
    const { released, paneOf } = await evidenceOf(several, images)
    expect(await matchPanes(images, released, several)).toEqual(paneOf)
  })

  it('is refused where images, samples and panes do not belong together', async () => {
    const { released } = await evidenceOf(panes, images)
    const other = barImages(60, 9)
    await expect(matchPanes(other, released, panes)).rejects.toThrow(
      /sample 1 is not image 1 of bars through the pane/,
    )
    const fewer = takeImages(images, Int32Array.of(0, 1, 2))
    await expect(matchPanes(fewer, released, panes)).rejects.toThrow('there are 3 images, but 60 samples')
    const wide = barImages(60, 2, [1, 12, 16])
    await expect(matchPanes(wide, released, panes)).rejects.toThrow(
      /takes images of 1×12×12, but these are of 1×12×16/,
    )
    const narrow = [projectionPane(images.shape, 20, 1)]
    await expect(matchPanes(images, released, narrow)).rejects.toThrow(
      /makes samples of 20, but these are of 1×12×12/,
    )
    const evidence = await evidenceOf(panes, images, barImages(60, 2, [1, 12, 16]))
    await expect(auditImages(evidence, options)).rejects.toThrow(/the training images are of 1×12×16/)
    await expect(auditImages({ ...evidence, panes: [] }, options)).rejects.toThrow(
      'there is no pane to audit',
    )
  })
})
