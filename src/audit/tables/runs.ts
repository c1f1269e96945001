// Which attacks an audit runs, and on which of the label columns: each that looks at labels on every one of them.
// Source: docs/reference/attacks-on-tables.md, "Several labels". An attack that is after rows or cells is also shown all labels together.
// It does not promise that an attack which is shown all labels does better than with one: so both are run.

import type { Finding } from '../finding.ts'
import { quoted } from '../policy/harm.ts'
import type { Untested } from '../policy/reportParts.ts'
import type { Attack } from './attack.ts'
import { aboutLabel, type Evidence, type LabelColumn, ofLabel } from './evidence.ts'

/** One attack, and what it is shown. */
export interface Run {
  readonly attack: Attack
  /** Place of the label column that it is asked about, or of the only one that it is shown; undefined for all that left. */
  readonly label?: number | undefined
}

/** What is run on a release, and what is not. */
export function runsOn(
  attacks: readonly Attack[],
  evidence: Evidence,
  known: number,
): { readonly runs: Run[]; readonly untested: Untested[] } {
  const runs: Run[] = []
  const untested: Untested[] = []
  for (const attack of attacks) {
    const { name, title, standpoint, fewest } = attack
    const refuse = (why: string) => untested.push({ attack: name, title, why })
    const split = runsOf(attack, evidence)
    for (const { name: label, why } of split.silent)
      refuse(`It does not apply to the label ${quoted(label)}.${why === undefined ? '' : ` ${why}`}`)
    if (split.runs.length === 0 && split.silent.length === 0)
      refuse(attack.whyNot?.(evidence) ?? 'It does not apply to this table and protection.')
    else if (split.runs.length > 0 && standpoint === 'leak' && fewest > known)
      refuse(`It needs ${fewest} known rows or more, and this audit took ${known}.`)
    else runs.push(...split.runs)
  }
  return { runs, untested }
}

/** @returns `silent`: labels of the kind that an attack on labels is for, to which it does not apply all the same */
function runsOf(
  attack: Attack,
  evidence: Evidence,
): { readonly runs: Run[]; readonly silent: { readonly name: string; readonly why: string | undefined }[] } {
  const { labelColumns = [] } = evidence
  const read = labelColumns.flatMap((column, label) => (reads(attack, column) ? [label] : []))
  const whole = attack.applies(evidence) ? [{ attack }] : []
  if (read.length === 0) return { runs: whole, silent: [] }
  const able = read.filter((label) => attack.applies(shownTo(attack, evidence, label)))
  const alone = able.map((label): Run => ({ attack, label }))
  if (attack.aim !== 'labels') return { runs: [...whole, ...alone], silent: [] }
  const silent = read
    .filter((label) => !able.includes(label))
    .map((label) => ({
      name: labelColumns[label]!.name,
      why: attack.whyNot?.(shownTo(attack, evidence, label)),
    }))
  return { runs: alone, silent }
}

/** What is shown of one label: to an attack on labels it and the others beside it, to others it alone. */
export function shownTo({ aim }: Attack, evidence: Evidence, label: number): Evidence {
  return aim === 'labels' ? aboutLabel(evidence, label) : ofLabel(evidence, label)
}

const reads = ({ reads: parts }: Attack, { labels }: LabelColumn) =>
  parts.includes(labels ? 'classes' : 'target')

/** A finding that says which of several labels it is of, or was made by. */
export function findingOf(
  finding: Finding,
  { attack, label }: Run,
  { labelColumns = [] }: Evidence,
): Finding {
  const column = label === undefined ? undefined : labelColumns[label]
  if (column === undefined) return finding
  // A title stands between quotes itself.
  const name = quoted(column.name).slice(1, -1)
  if (attack.aim === 'labels') return { ...finding, title: `${finding.title}: ${name}`, about: column.name }
  return { ...finding, title: `${finding.title}, by ${name} alone` }
}
