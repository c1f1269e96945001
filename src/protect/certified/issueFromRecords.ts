// A certificate of released codes as they lie in a file: counts them in the way that their units allow, and issues.
// Source: PROOF.md, "Setting": units are independent, and nothing was learned from them.
// What the units are, and how many panes were tried, it believes.

import { FrostglassError } from '../../errors.ts'
import { type Certificate, type CertificateStatement, issueCertificate } from './certificate.ts'
import { type CodeRecord, countByLabel, countGroups, countUnits, shareUnits } from './table.ts'
import { hashUnits, requireUnseen, unitsOf } from './unitList.ts'

/** How records are certified; what is left out stands as in a statement. */
export interface IssueOptions
  extends Pick<
    CertificateStatement,
    'attribute' | 'unit' | 'delta' | 'candidates' | 'attributesCertified' | 'sampling' | 'channel' | 'policy'
  > {
  /** How many codes the codebook has; default what is seen. */
  readonly codes?: number | undefined
  /** Whether the rows of a unit share its weight; else a unit that comes twice is refused. */
  readonly share?: boolean | undefined
  /** Whether records have labels: the floor is computed from them. */
  readonly labelled: boolean
  /** Records that something was learned from: no unit of them may come again; their labels give the floor a lower limit. */
  readonly learned?: readonly CodeRecord[] | undefined
  /**
   * How many releases one person may have. `persons` has whose each record is, if a person's records are independent of each
   * other; without it a person is a unit, whose records may depend on each other.
   */
  readonly releases?:
    | { readonly most: number; readonly of: string; readonly persons?: readonly string[] | undefined }
    | undefined
  readonly sources: Omit<CertificateStatement['sources'], 'calibration'>
}

/** @throws FrostglassError as `issueCertificate` does, and 'input' for records that do not fit what is said of them */
export function issueFromRecords(records: readonly CodeRecord[], options: IssueOptions): Certificate {
  const { codes, share = false, labelled, learned, releases, sources, ...stated } = options
  const units = unitsOf(records)
  const seen = learned && unitsOf(learned)
  if (learned && seen) {
    requireUnseen(units, seen, 'the codes that were learned from')
    requireOtherRows(records, learned)
  }
  // A value that calibration happens to lack is a value still: of priors that give it mass nothing is said.
  const shape = { codes, attributes: learned?.map(({ attribute }) => attribute) }
  const table = share ? shareUnits(records, shape) : countUnits(records, shape)
  const given = labelled ? countByLabel(records, { ...shape, codes: table.codes, share }) : undefined
  const madeFrom = seen ? { ...sources.madeFrom, learned: hashUnits(seen) } : sources.madeFrom
  return issueCertificate({
    ...stated,
    table,
    given,
    rule: given && learned && floorRule(learned, given.labels, table.attributes),
    bundles: releases && {
      of: releases.of,
      reading: releases.persons ? 'windows' : 'sessions',
      most: releases.most,
      groups: countGroups(personal(records, releases.persons), { ...shape, codes: table.codes }),
    },
    sources: { ...sources, madeFrom, calibration: hashUnits(units) },
  } as CertificateStatement)
}

function personal(
  records: readonly CodeRecord[],
  persons: readonly string[] | undefined,
): readonly CodeRecord[] {
  if (!persons) return records
  if (persons.length !== records.length)
    throw new FrostglassError(
      'input',
      `there are ${records.length} records of ${persons.length} persons`,
      'Name one for each.',
    )
  return records.map((record, i) => ({ ...record, unit: persons[i]! }))
}

// Rows without a name are told apart by nothing; but a whole table that comes twice is one table, in whatever order.
function requireOtherRows(records: readonly CodeRecord[], learned: readonly CodeRecord[]): void {
  const text = (rows: readonly CodeRecord[]) =>
    rows
      .map(({ code, attribute, label }) => JSON.stringify([code, attribute, label]))
      .sort()
      .join()
  if (text(records) !== text(learned)) return
  throw new FrostglassError(
    'input',
    'the calibration codes are those that were learned from',
    'Calibrate on units that nothing was learned from: split by unit before training.',
  )
}

/** The attribute that is likeliest for each label in these records; of labels that they lack, the commonest of all. */
function floorRule(
  records: readonly CodeRecord[],
  labels: readonly string[],
  attributes: readonly string[],
): number[] {
  const count = (of: readonly CodeRecord[]) =>
    attributes.map((name) => of.filter((r) => r.attribute === name).length)
  const most = (counts: readonly number[]) => counts.indexOf(Math.max(...counts))
  const all = most(count(records))
  return labels.map((label) => {
    const counts = count(records.filter((record) => record.label === label))
    return counts.every((n) => n === 0) ? all : most(counts)
  })
}
