// What a list of people and protected rows are before they are linked: whitened rows, and who may be whom by the labels.
// Source: linking.ts, softLinking.ts, hiddenTarget.ts. Every released column is evidence, the label among them.
// Labels that are wrong on the list, or changed since, would rule out the right rows.

import { joined } from '../evidence.ts'
import type { Inputs } from '../kernelRidge.ts'
import type { RowView } from '../rows.ts'
import { namesOf } from './classNaming.ts'
import { lineByHits, type TargetLine } from './hiddenTarget.ts'
import { type JointLabel, namesTogether } from './jointNames.ts'
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

/** What attacks that link a crowd by turns state alike. */
export const byTurns = {
  standpoint: 'leak',
  reads: ['columns', 'classes', 'target'],
  holds: ['pairs', 'people'],
  needs: 'known rows with their protected forms, the activation, and raw rows of half of the other people',
  source: 'Saunders and others (1998), Kuhn (1955), Yarowsky (1995)',
  fewest: 2,
} as const

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
  /** Whether they tell without any known row: by a line that hides a number, or classes that several labels name together. */
  readonly alone: boolean
}

/** Of several labels each that tells: a row may be a person's where all of them allow it. */
export function linksByLabels({ labelColumns, ...crowd }: Crowd): LabelLinks {
  const labels = (labelColumns ?? [crowd]).map(withLine)
  const { names, together } = namesOfAll(labels)
  const links = labels.flatMap((label, i) => linksByLabel(crowd, label, names[i]) ?? [])
  return {
    possible: links.length > 1 ? links[0]!.map((_, i) => Number(links.every((may) => may[i]))) : links[0],
    alone: together || labels.some(({ line }) => line !== undefined),
  }
}

/** One label of a crowd, and the line that hides it, where it is a number. */
type CrowdLabel = Pick<Crowd, 'classes' | 'target'> & { readonly line: TargetLine | undefined }

/** A label with the line that hits most of the people's numbers, of a number. */
export function withLine({ classes, target }: Pick<Crowd, 'classes' | 'target'>): CrowdLabel {
  const line = target && lineByHits(target.people, target.released)
  return { classes, target, line }
}

/** The class behind each code of each label, -1 where nothing tells; undefined for numbers, and where no code has a name. */
function namesOfAll(labels: readonly CrowdLabel[]): {
  readonly names: readonly (Int32Array | undefined)[]
  readonly together: boolean
} {
  const classes = labels.flatMap((label) => label.classes ?? [])
  if (classes.some(({ known }) => known.original.length > 0))
    return {
      names: labels.map((label) => label.classes && namesOf(label.classes.known, label.classes.count)),
      together: false,
    }
  // One label of classes alone is a cipher; beside others its codes go with what is known of these.
  if (classes.length === 0 || labels.length < 2) return { names: [], together: false }
  const joint = labels.map(jointLabel)
  const given = joint.flatMap((label) => label ?? [])
  const found = namesTogether(given)
  const names = labels.map((label, i) => (label.classes ? found[given.indexOf(joint[i]!)] : undefined))
  return { names, together: true }
}

/** A label as it is named together with others; undefined for a number whose line was not found. */
export function jointLabel({ classes, target, line }: CrowdLabel): JointLabel | undefined {
  if (classes) return { count: classes.count, people: classes.people, rows: classes.released, named: false }
  if (!target || !line || line.hits < fewestHits) return undefined
  const values = [...new Set(target.people)].sort((a, b) => a - b)
  const near = same * (values.at(-1)! - values[0]!)
  const place = (value: number) => values.findIndex((known) => Math.abs(known - value) <= near)
  return {
    count: values.length,
    people: Int32Array.from(target.people, place),
    rows: Int32Array.from(target.released, (y) => place(line.slope * y + line.offset)),
    named: true,
  }
}

/** Classes by the names of their codes, numbers by the line that hits most of the people's; undefined where nothing tells. */
function linksByLabel(
  { people, released }: Pick<Crowd, 'people' | 'released'>,
  { classes, target, line }: CrowdLabel,
  names: Int32Array | undefined,
): Uint8Array | undefined {
  const count = people[0]?.length ?? 0
  const rows = released[0]?.length ?? 0
  const fill = (may: (row: number, person: number) => boolean) => {
    const possible = new Uint8Array(rows * count)
    for (let row = 0; row < rows; row++) {
      for (let person = 0; person < count; person++) if (may(row, person)) possible[row * count + person] = 1
    }
    return possible
  }
  if (classes && names)
    return fill((row, person) => {
      const name = names[classes.released[row]!]!
      const code = classes.people[person]!
      return name < 0 ? !names.includes(code) : name === code
    })
  if (!target || !line || line.hits < fewestHits) return undefined
  const numbers = target.released.map((y) => line.slope * y + line.offset)
  const width = Math.max(...target.people) - Math.min(...target.people)
  return fill((row, person) => Math.abs(numbers[row]! - target.people[person]!) <= same * width)
}

/** Links the people: from known rows where there are some, else from candidates by the labels; undefined without either. */
export function linkCrowd(crowd: Crowd, { rows, known }: WhiteRows, { possible, alone }: LabelLinks) {
  const pairs = known[0]?.length ?? 0
  const candidates = possible?.reduce((n, may) => n + may, 0) ?? 0
  // Labels that contradict each other leave nobody a row.
  const few = candidates > 0 && candidates <= mostCandidates * crowd.people[0]!.length
  const start = alone && possible && few ? linkSoftly(crowd.people, rows.white, possible) : []
  if (pairs + start.length < 2) return undefined
  const linking: Linking = linkPeople({
    people: crowd.people,
    rows,
    known: { people: crowd.known.original, white: known },
    possible,
    start,
  })
  return linking
}
