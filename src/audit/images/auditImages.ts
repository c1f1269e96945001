// The audit of obfuscated images: every attack that applies, the policy, one report.
// Source: docs/architecture.md#the-audit. What left is judged, not what a pane could do on other images.
// One seed of each attack's training: repeat with others for their spread.

import { version } from '../../version.ts'
import { inTurn } from '../attackTurns.ts'
import { judgePolicy } from '../policy/judgement.ts'
import { defaultImagePolicy, type Policy, requireAttributes } from '../policy/policy.ts'
import { verdictOf } from '../policy/verdict.ts'
import { imageAdvice } from './advice.ts'
import { imageAttacks } from './attacks.ts'
import { withComputedAttributes } from './computedAttributes.ts'
import type { ImageAttack, ImageEvidence } from './contract.ts'
import { checkEvidence } from './evidence.ts'
import { beyondChance, reportedWithPictures } from './reported.ts'
import { type ImageLeakReport, imageReportSchema } from './reportSchema.ts'

/** How {@link auditImages} audits. */
export interface ImageAuditOptions {
  /** What is accepted; the default policy for images if absent. */
  readonly policy?: Policy | undefined
  readonly effort: 'quick' | 'full'
  /** Draws samples and whatever the attacks draw. */
  readonly seed: number
  /** All that are built in if absent. */
  readonly attacks?: readonly ImageAttack[] | undefined
  /** What the report calls it; the name of the set if absent. */
  readonly name?: string | undefined
  /** SHA-256 of the file of samples, for the report. */
  readonly sha256?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** Attacks done, in parts too, of how many. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

/**
 * Audits what left. Writes nothing.
 * @throws FrostglassError `input` when the samples are not those of the images, or the policy names an attribute that they
 * have not; `aborted`.
 * @example const report = await auditImages({ originals, released, panes: [pane], paneOf, training }, { effort: 'quick', seed: 0 })
 */
export async function auditImages(
  given: ImageEvidence,
  options: ImageAuditOptions,
): Promise<ImageLeakReport> {
  const start = performance.now()
  const { policy = defaultImagePolicy, effort, seed, attacks = imageAttacks, signal } = options
  checkEvidence(given)
  // Where nobody named an attribute, those that need no naming are tried.
  const evidence =
    Object.keys(given.originals.attributes).length > 0
      ? given
      : { ...given, ...withComputedAttributes(given.originals, given.training) }
  requireAttributes(policy, Object.keys(evidence.originals.attributes), evidence.originals.name)
  const able = attacks.filter((attack) => attack.applies(evidence))
  const untested = attacks
    .filter((attack) => !able.includes(attack))
    .map(({ name, title }) => ({ attack: name, title, why: 'It does not apply to these images and panes.' }))
  const found = await inTurn(
    able,
    async (attack, onProgress) =>
      (await attack.run(evidence, { effort, seed, signal, onProgress })).map((finding) =>
        reportedWithPictures(finding, attack),
      ),
    options,
  )
  const findings = found.flat()
  findings.sort((a, b) => beyondChance(b) - beyondChance(a))
  const judgements = judgePolicy(policy, findings)
  const measured = { policy, judgements, findings, subject: 'images' as const }
  const { originals, released, panes, training } = evidence
  return imageReportSchema.parse({
    format: 'frostglass-leak-report',
    version: 5,
    audited: {
      kind: 'images',
      name: options.name ?? originals.name,
      sha256: options.sha256 ?? null,
      images: originals.count,
      shape: [...originals.shape],
      released: released.shape.slice(1),
      training: training?.count ?? null,
      attributes: Object.keys(originals.attributes),
      panes: panes.map(({ fingerprint, card }) => ({
        fingerprint,
        kind: card.kind,
        bottleneck: card.bottleneck,
        parameters: card.parameters,
        givesAway: card.givesAway,
      })),
    },
    run: {
      date: new Date().toISOString(),
      frostglass: version,
      seed,
      effort,
      seconds: (performance.now() - start) / 1000,
    },
    verdict: verdictOf(measured),
    policy,
    judgements,
    advice: imageAdvice(measured),
    findings,
    untested,
  } satisfies ImageLeakReport)
}
