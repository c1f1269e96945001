// An attack on cells that links people first: what it holds, as attacks on rows hold it.
// Source: crowdLinking.ts; evidence.ts (`crowd`).
// People beyond some hundreds are left out: the regression takes no more.

import type { View } from '../evidence.ts'
import type { Crowd } from './crowdLinking.ts'

/** People who are linked at most. */
const mostPeople = { quick: 300, full: 500 }

/** @param view of an attack with a background of `crowd` or `listed`: then all unseen rows are the crowd. */
export function crowdOf(view: View, effort: 'quick' | 'full'): Crowd {
  const { background, unseen, crowd = unseen, known, scheme, labelColumns } = view
  const first = (columns: readonly Float64Array[]) => columns.map((c) => c.subarray(0, mostPeople[effort]))
  const people = first(background!)
  const count = people[0]?.length ?? 0
  return {
    scheme,
    people,
    released: crowd,
    known,
    ...crowdLabel(view, count),
    ...(labelColumns ? { labelColumns: labelColumns.map((label) => crowdLabel(label, count)) } : {}),
  }
}

/** A label of such a view, as attacks on rows hold it; of so many people. */
export function crowdLabel(
  { classes, target }: Pick<View, 'classes' | 'target'>,
  count: number,
): Pick<Crowd, 'classes' | 'target'> {
  return {
    classes: classes
      ? {
          count: classes.count,
          people: classes.background!.subarray(0, count),
          released: classes.crowd ?? classes.unseen,
          known: classes.known,
        }
      : undefined,
    target: target
      ? {
          people: target.background!.subarray(0, count),
          released: target.crowd ?? target.unseen,
          known: target.known,
        }
      : undefined,
  }
}
