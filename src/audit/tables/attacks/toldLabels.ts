// Labels of a release as an adversary tells them: codes with names, numbers with their line undone.
// Source: hiddenTarget.ts, classGeometry.ts, jointNames.ts; sizes as in Naveed, Kamara and Wright (2015), section 4.1.
// A wrong line, or wrong names, are told like right ones.

import { scaleOf } from '../../../statistics/standard.ts'
import type { View } from '../evidence.ts'
import { namesByGeometry } from './classGeometry.ts'
import { jointLabel, withLine } from './crowdLinking.ts'
import { crowdLabel } from './crowdOf.ts'
import { lineByHits, type TargetLine } from './hiddenTarget.ts'
import { namesBySize, namesTogether } from './jointNames.ts'
import { cellsByLabels, type ToldLabel } from './labelLookup.ts'
import { matchShapes, shapeOf } from './quantiles.ts'
import { withoutActivation } from './whitening.ts'

/** Classes up to which how they lie to each other names them; more are named by their sizes. */
const mostByGeometry = 6

/** Below this share of hits the distribution tells more of a line. */
const fewestHits = 0.5

/** Share at each end of a distribution that may be missing in the release. */
const trimmed = 0.01

/** Labels by known rows: what left of them is as good as the truth, as it is had of known and asked rows alike. */
export function labelsInPairs(view: View): ToldLabel[] {
  return (view.labelColumns ?? [view]).flatMap(({ classes, target }): ToldLabel[] => [
    ...(classes ? [{ kind: 'class' as const, people: classes.known.released, asked: classes.unseen }] : []),
    ...(target ? [{ kind: 'number' as const, people: target.known.released, asked: target.unseen }] : []),
  ])
}

/** Labels by raw rows of people, in the release (`crowd`) or not. */
function labelsOfPeople(view: View, seed: number): ToldLabel[] {
  const labels = view.labelColumns ?? [view]
  const names = namesOf(view, labels, seed)
  return labels.flatMap(({ classes, target }, i): ToldLabel[] => {
    if (classes) {
      const namesOf = names[i]!
      const asked = Int32Array.from(classes.unseen, (code) => namesOf[code]!)
      return [{ kind: 'class', people: classes.background!, asked }]
    }
    const line = target && lineOf(target.background!, target.crowd ?? target.unseen)
    if (!target || !line) return []
    const asked = target.unseen.map((y) => line.slope * y + line.offset)
    return [{ kind: 'number', people: target.background!, asked }]
  })
}

/** The class behind each code of each label; undefined for numbers. */
function namesOf(
  view: View,
  labels: readonly Pick<View, 'classes' | 'target'>[],
  seed: number,
): (Int32Array | undefined)[] {
  if (labels.length > 1) {
    const people = view.background![0]!.length
    const joint = labels.map((label) => jointLabel(withLine(crowdLabel(label, people))))
    const known = joint.flatMap((label) => label ?? [])
    const found = known.length > 0 ? namesTogether(known) : []
    return labels.map((label, i) => (label.classes ? found[known.indexOf(joint[i]!)] : undefined))
  }
  return labels.map(({ classes }) => {
    if (!classes) return undefined
    const codes = classes.crowd ?? classes.unseen
    const { count, background } = classes
    if (count > mostByGeometry) return namesBySize(background!, codes, count)
    const left = withoutActivation(view.crowd ?? view.unseen, view.scheme)
    return namesByGeometry(view.background!, background!, left, codes, count, seed).names
  })
}

/** The line that hits most numbers, also where the least and largest did not leave; else the one that keeps the shape. */
function lineOf(
  people: Float64Array,
  released: Float64Array,
): Pick<TargetLine, 'slope' | 'offset'> | undefined {
  const ascending = people.toSorted()
  const cut = Math.ceil(trimmed * ascending.length)
  const tries = [people, ascending.slice(cut, ascending.length - cut)].flatMap(
    (sample) => lineByHits(sample, released) ?? [],
  )
  const best = tries.reduce<TargetLine | undefined>((a, b) => (a && a.hits >= b.hits ? a : b), undefined)
  if (!best) return undefined
  if (best.hits >= fewestHits) return best
  const [match] = matchShapes([shapeOf(people)], [released])
  const known = spreadOf(ascending)
  const left = spreadOf(released.toSorted())
  const slope = ((match!.flipped ? -1 : 1) * known.deviation) / left.deviation
  return { slope, offset: known.mean - slope * left.mean }
}

function spreadOf(ascending: Float64Array): { readonly mean: number; readonly deviation: number } {
  const cut = Math.ceil(trimmed * ascending.length)
  return scaleOf(ascending.slice(cut, ascending.length - cut))
}

/** Cells of the rows that are asked about, looked up among the people of the background by what they tell of the labels. */
export function cellsByPeople(view: View, seed: number): ReturnType<typeof cellsByLabels> {
  const rows = view.unseen[0]!.length
  return cellsByLabels(view.attributes, view.background!, labelsOfPeople(view, seed), rows)
}
