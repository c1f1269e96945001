// One release measured: what the service gets right, what attackers do, and the certificate, from counts of cells.
// Source: theorems A, B and C (src/protect/certified/PROOF.md). δ = 0.001 for each limit alone: whoever picks one of m rows
// has to take δ/m, which the page says.

import { type Certification, certify } from '../../src/protect/certified/certify.ts'
import {
  attackShare,
  byAttribute,
  type Channel,
  informedAttackShare,
  type Joint,
  labelShare,
  ofLabel,
  released,
  toldShare,
} from './joint.ts'

/** Of every limit. */
export const delta = 0.001

/** How a pane's cells are released. JSON. */
export interface Release {
  /** `k-means`: cells as they are cut, of which one a label is the label alone; `merged`; `channel`: the linear programme. */
  readonly kind: 'k-means' | 'merged' | 'channel'
  readonly codes: number
  /** Of merging. */
  readonly beta?: number | undefined
  /** Of a channel: how much of the accuracy may be given up. */
  readonly loss?: number | undefined
}

/** A release with what it does to cells. */
export interface Candidate {
  readonly release: Release
  readonly channel: Channel
  /** The label that each output stands for. */
  readonly decided: readonly number[]
}

/** Counts of cells of the parts that releases are measured on. */
export interface Measured {
  readonly calibration: Joint
  readonly attackTest: Joint
  /** Names of the attribute's values, and of the labels. */
  readonly attributes: readonly string[]
  readonly labels: readonly string[]
  /** `stratified`: so many windows of each person. */
  readonly sampling: 'iid' | 'stratified'
  readonly unit: string
  /** The likeliest attribute of each label in training data. */
  readonly rule: readonly number[]
}

/** What one release was found to do. Shares of 1. JSON. */
export interface Found extends Release {
  readonly accuracy: number
  readonly told: number
  readonly attack: number
  readonly informedAttack: number
  readonly estimate: number
  readonly upper: number
  readonly floor: number
  readonly floorLower: number
  readonly informedEstimate: number
  readonly informedUpper: number
  readonly gain: number | null
  readonly blind: number
  readonly largestPosterior: number
  readonly exposed: number
  readonly verdict: Certification['verdict']
}

/** Measures one. @throws FrostglassError as `certify` */
export function measureRelease({ release, channel, decided }: Candidate, of: Measured): Found {
  const { calibration, attackTest, attributes, labels, sampling, unit, rule } = of
  const [learned, judged] = [released(calibration, channel), released(attackTest, channel)]
  // A map's outputs are counted as they are: whole units, for which theorem A holds.
  const random = release.kind === 'channel'
  const cells = random ? calibration : learned
  const table = { codes: cells.length, attributes, counts: byAttribute(cells) }
  const given = {
    labels,
    tables: labels.map((_, y) => ({ codes: cells.length, attributes, counts: ofLabel(cells, y) })),
  }
  const certified = certify(table, { delta, unit, sampling, given, rule, ...(random ? { channel } : {}) })
  const floor = certified.floor!
  return {
    ...release,
    accuracy: labelShare(judged, decided),
    told: toldShare(learned),
    attack: attackShare(learned, judged),
    informedAttack: informedAttackShare(learned, judged),
    estimate: certified.estimate,
    upper: certified.upper,
    floor: floor.estimate,
    floorLower: floor.lower!,
    informedEstimate: floor.labelKnown.estimate,
    informedUpper: floor.labelKnown.upper,
    gain: certified.gain?.estimate ?? null,
    blind: certified.blind,
    largestPosterior: certified.codes.largestPosterior,
    exposed: certified.codes.exposed.share,
    verdict: certified.verdict,
  }
}
