// What a list of people and protected rows are before they are linked: whitened rows, and who may be whom by the labels.
// Source: linking.ts, softLinking.ts, hiddenTarget.ts. Every released column is evidence, the label among them.
// Labels that are wrong on the list, or changed since, would rule out the right rows.

import { joined } from '../evidence.ts'
import type { Inputs } from '../kernelRidge.ts'
import type { RowView } from '../rows.ts'
import { namesOf } from './classNaming.ts'
import { lineByHits, type TargetLine } from './hiddenTarget.ts'
import { type Linking, linkPeople } from './linking.ts'
import { linkSoftly } from './softLinking.ts'
import { whiten, withoutActivation } from './whitening.ts'

/** A list of people beside protected rows, as attacks on rows have it. */
export type Crowd = Omit<RowView, 'attributes'>

/** Directions that float64 still tells from rounding. */
const narrowest = 1e-13

/** Share of the numbers' range within which two numbers are the same, behind a line found from them. */
const same = 1e-6

/** Below this share of hits a line was found by chance. */
const fewestHits = 0.5

/** Candidates for a person, on average, from which their soft assignment ends where it began, after long. */
const mostCandidates = 12

/** Rows and known rows white on common axes, and other rows on the same. */
export interface WhiteRows {
  readonly rows: Inputs
  readonly known: readonly Float64Array[]
  readonly others: readonly Float64Array[]
}

/** All pass together, so that a value at the end of the activation's range is moved to the same place in all. */
export function whiteRows(
  { released, known, scheme }: Pick<Crowd, 'released' | 'known' | 'scheme'>,
  others: readonly Float64Array[] = released.map(() => new Float64Array(0)),
): WhiteRows {
  const rows = released[0]?.length ?? 0
  const knownRows = known.released[0]?.length ?? 0
  const all = withoutActivation(joined(joined(released, known.released), others), scheme)
  const { white, spread } = whiten(all, narrowest)
  const part = (from: number, to?: number) => white.map((column) => column.slice(from, to))
  return {
    rows: { white: part(0, rows), spread },
    known: part(rows, rows + knownRows),
    others: part(rows + knownRows),
  }
}

/** What labels tell of who may be whom. */
export interface LabelLinks {
  /** Whether a row may be a person's: `[rows, people]`, row-major; undefined where no label tells. */
  readonly possible: Uint8Array | undefined
  /** Of a table with a number to be predicted. */
  readonly line: TargetLine | undefined
}

/** Of several labels each that tells: a row may be a person's where all of them allow it. */
export function linksByLabels({ labelColumns = [], ...crowd }: Crowd): LabelLinks {
  const links = [crowd, ...labelColumns].map((own) => linksByLabel(crowd, own))
  const told = links.flatMap(({ possible }) => possible ?? [])
  const lines = links.flatMap(({ line }) => line ?? [])
  return {
    possible: told.length > 1 ? told[0]!.map((_, i) => Number(told.every((may) => may[i]))) : told[0],
    line: lines.reduce<TargetLine | undefined>((a, b) => (!a || b.hits > a.hits ? b : a), undefined),
  }
}

/** Classes by the codes that known rows name, numbers by the line that hits most of the people's. */
function linksByLabel(
  { people, released }: Pick<Crowd, 'people' | 'released'>,
  { classes, target }: Pick<Crowd, 'classes' | 'target'>,
): LabelLinks {
  const count = people[0]?.length ?? 0
  const rows = released[0]?.length ?? 0
  const fill = (may: (row: number, person: number) => boolean) => {
    const possible = new Uint8Array(rows * count)
    for (let row = 0; row < rows; row++) {
      for (let person = 0; person < count; person++) if (may(row, person)) possible[row * count + person] = 1
    }
    return possible
  }
  if (classes && classes.known.original.length > 0) {
    const names = namesOf(classes.known, classes.count)
    const possible = fill((row, person) => {
      const name = names[classes.released[row]!]!
      const own = classes.people[person]!
      return name < 0 ? !names.includes(own) : name === own
    })
    return { possible, line: undefined }
  }
  const line = target && lineByHits(target.people, target.released)
  if (!line || line.hits < fewestHits) return { possible: undefined, line }
  const numbers = target.released.map((y) => line.slope * y + line.offset)
  const width = Math.max(...target.people) - Math.min(...target.people)
  return {
    possible: fill((row, person) => Math.abs(numbers[row]! - target.people[person]!) <= same * width),
    line,
  }
}

/** Links the people: from known rows where there are some, else from candidates by the labels; undefined without either. */
export function linkCrowd(crowd: Crowd, { rows, known }: WhiteRows, { possible, line }: LabelLinks) {
  const pairs = known[0]?.length ?? 0
  const few = possible && possible.reduce((n, may) => n + may, 0) <= mostCandidates * crowd.people[0]!.length
  const start = line && few ? linkSoftly(crowd.people, rows.white, possible) : []
  if (pairs + start.length < 2) return undefined
  const linking: Linking = linkPeople({
    people: crowd.people,
    rows,
    known: { people: crowd.known.original, white: known },
    ...(possible ? { possible } : {}),
    start,
  })
  return linking
}
