// From a fixed pane to its certificates: the calibration rows are opened once, their codes counted, each attribute certified.
// Source: theorems A, B and C of PROOF.md.
// Whatever comes out, the seal is broken: another try on the same rows is another candidate, which nobody has counted.

import type { Labels } from '../../data/images/imageSet.ts'
import { FrostglassError } from '../../errors.ts'
import type { Tensor } from '../../graph/index.ts'
import { attackCodes, type CodeAttack } from './attackCodes.ts'
import type { Certificate } from './certificate.ts'
import { takeRows } from './codeRows.ts'
import type { FittedCodePane } from './fitCodePane.ts'
import { issueFromRecords } from './issueFromRecords.ts'
import type { UnitSplit } from './splitUnits.ts'
import type { CodeRecord } from './table.ts'
import type { ReleasePolicy } from './verdict.ts'

/** Rows with what is asked, what is hidden, and whose they are. */
export interface CertifiedRows {
  readonly x: Tensor
  readonly label: Labels
  /** By name; each has a certificate of its own, at a share of δ. */
  readonly attributes: Readonly<Record<string, Labels>>
  /** The unit of each row. */
  readonly units: readonly string[]
}

/** A channel that is fixed. */
export interface FixedChannel {
  readonly laws: readonly (readonly number[])[]
  /** The label that each output stands for. */
  readonly labelOf: readonly number[]
  /** Of its file; hexadecimal. */
  readonly sha256: string
}

/** How a pane is certified. */
export interface CertifyPaneOptions {
  readonly delta: number
  /** How many panes are, or may yet be, tried on these data before one is kept; 1 by default. */
  readonly candidates?: number | undefined
  /** What a unit is, in a word. */
  readonly unit: string
  readonly policy?: ReleasePolicy | undefined
  /** How many releases one unit may have: rows of it, drawn evenly. 1 by default. */
  readonly releases?: number | undefined
  /** Where codes are not released as they are: the law over outputs of each code. */
  readonly channel?: FixedChannel | undefined
  /** Rows to attack instead of the split's own part. */
  readonly attacked?: CertifiedRows | undefined
  readonly signal?: AbortSignal | undefined
}

/** All that came of it. */
export interface IssuedPane {
  readonly certificates: readonly Issued[]
  /** How often what is released stands for the true label, among the attacked rows; null where there is none. */
  readonly accuracy: number | null
}

/** A certificate, and what an attack got. */
export interface Issued {
  readonly attribute: string
  readonly certificate: Certificate
  /** Null where there is nothing to attack. */
  readonly attack: CodeAttack | null
}

/**
 * Opens, counts, certifies, attacks.
 * @throws FrostglassError `policy` where a policy is not kept, or cannot be, or an attack does better than the limit allows;
 * `usage` when the rows were opened before
 */
export async function issueCodePane(
  { pane, fixed, codebook }: FittedCodePane,
  data: CertifiedRows,
  split: UnitSplit,
  options: CertifyPaneOptions,
): Promise<IssuedPane> {
  const { channel, signal, delta } = options
  const opened = split.calibration.open([{ ...fixed, channel: channel?.sha256 }])
  const calibration = takeCertified(data, opened.rows)
  const attacked = options.attacked ?? takeCertified(data, split.attackTest.rows)
  const learned = takeCertified(data, joined(split.train.rows, split.validation.rows))
  const codes = await pane.release(calibration.x, { signal })
  const seen = attacked.units.length > 0 ? await pane.release(attacked.x, { signal }) : undefined
  const several = new Set(calibration.units).size < calibration.units.length
  const certificates = Object.keys(data.attributes).map((attribute) => {
    const certificate = issueFromRecords(recordsOf(calibration, attribute, codes), {
      attribute,
      unit: options.unit,
      delta,
      candidates: Math.max(opened.candidates, options.candidates ?? 1),
      attributesCertified: Object.keys(data.attributes).length,
      sampling: 'iid',
      codes: pane.codes,
      share: several,
      labelled: true,
      // Of what was learned from, units and labels count: the code is not looked at.
      learned: recordsOf(learned, attribute, new Int32Array(learned.units.length)),
      channel: channel?.laws.map((law) => [...law]),
      policy: options.policy,
      releases: options.releases === undefined ? undefined : { most: options.releases, of: options.unit },
      sources: { ...fixed, ...(channel ? { channel: channel.sha256 } : {}), madeFrom: codebook.madeFrom },
    })
    const rowsOf = (rows: CertifiedRows, own: Int32Array) => ({
      codes: own,
      attribute: rows.attributes[attribute]!.of,
      units: rows.units,
    })
    const attack = seen
      ? attackCodes(
          rowsOf(calibration, codes),
          rowsOf(attacked, seen),
          { codes: pane.codes, classes: data.attributes[attribute]!.names.length },
          { delta: certificate.result.deltaEach, channel: channel?.laws },
        )
      : null
    requireBelow(attribute, certificate, attack)
    return { attribute, certificate, attack }
  })
  return {
    certificates,
    accuracy: seen ? accuracyOf(seen, attacked.label.of, pane.card.labelOf, channel) : null,
  }
}

function accuracyOf(
  codes: Int32Array,
  labels: Int32Array,
  labelOf: readonly number[],
  channel: FixedChannel | undefined,
): number {
  const right = (code: number, label: number): number =>
    channel
      ? channel.laws[code]!.reduce((sum, p, output) => (channel.labelOf[output] === label ? sum + p : sum), 0)
      : Number(labelOf[code] === label)
  return codes.reduce((sum, code, row) => sum + right(code, labels[row]!), 0) / codes.length
}

function joined(first: Int32Array, second: Int32Array): Int32Array {
  const all = new Int32Array(first.length + second.length)
  all.set(first)
  all.set(second, first.length)
  return all
}

/** Some rows, copied. */
export function takeCertified(
  { x, label, attributes, units }: CertifiedRows,
  rows: Int32Array,
): CertifiedRows {
  const taken = ({ names, of }: Labels): Labels => ({
    names,
    of: Int32Array.from(rows, (row) => of[row]!),
  })
  return {
    x: takeRows(x, rows),
    label: taken(label),
    attributes: Object.fromEntries(Object.entries(attributes).map(([name, of]) => [name, taken(of)])),
    units: Array.from(rows, (row) => units[row]!),
  }
}

/** The records that one attribute is counted from. @param codes the code of each row */
export function recordsOf(
  { label, attributes, units }: CertifiedRows,
  attribute: string,
  codes: Int32Array,
): CodeRecord[] {
  const { names, of } = attributes[attribute]!
  return units.map((unit, row) => ({
    unit,
    code: codes[row]!,
    attribute: names[of[row]!]!,
    label: label.names[label.of[row]!]!,
  }))
}

function requireBelow(attribute: string, { result }: Certificate, attack: CodeAttack | null): void {
  if (attack?.lower == null || attack.lower <= result.upper) return
  throw new FrostglassError(
    'policy',
    `an attack told '${attribute}' of ${(100 * attack.success).toFixed(1)}% of ${attack.units} units, more than the certificate's ${(100 * result.upper).toFixed(1)}%`,
    'The attacked units are of another population than the calibration units, or something is at fault: do not release.',
  )
}
