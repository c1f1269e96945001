// What a plan is: which columns of a file are used, and as what.
// Source: plan.ts makes them.
// It does not promise that the columns' values exist or are finite: profile.ts and table.ts check that.

import type { NumberReading } from './cells.ts'
import type { Stamp } from './form.ts'
import type { ReadAs, Source } from './source.ts'

/** One column in use. `index` is its place in the file. */
export type PlannedColumn = NumberReading & {
  readonly index: number
  readonly name: string
  readonly readAs: ReadAs
  /** How times are written, where they were found as text. */
  readonly stamp?: Stamp | undefined
  /** Texts of fewer rows than this are rare, and share one category. */
  readonly rare?: number | undefined
  /** It may hold any text, whatever the schema knows. */
  readonly open?: boolean | undefined
}

/** The columns in use; `columns` in the order of the schema. */
export type Plan = {
  readonly source: Source
  readonly nullText: readonly string[]
  readonly columns: readonly PlannedColumn[]
  /** In the order of the schema, or in which they were named. */
  readonly labels: readonly PlannedColumn[]
  /** Columns that come along as the texts that they are, read as nothing. */
  readonly carried: readonly PlannedColumn[]
  /** Columns of the file that are left aside. */
  readonly ignored: readonly string[]
  /** What was taken for what, where an owner may not expect it. */
  readonly remarks: readonly string[]
}

/** Features, then the labels. */
export function used(plan: Plan): readonly PlannedColumn[] {
  return plan.labels.length === 0 ? plan.columns : [...plan.columns, ...plan.labels]
}
