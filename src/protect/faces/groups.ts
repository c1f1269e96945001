// Who is averaged with whom: people in groups of at least k, each around one of them.
// Source: Newton, Sweeney and Malin, TKDE 17(2), 2005, the algorithm k-Same: a face, its k − 1 nearest, and so on with the rest.
// It is greedy and its groups are not the tightest that there are. They depend on the order of the people, which is public.

import { FrostglassError } from '../../errors.ts'

/**
 * The first person and the k − 1 nearest are a group, the first of the rest and the nearest of the rest the next; the
 * last fewer than 2k are one. Equal distances go to who comes first.
 * @param points [people], numbers of one length each
 * @param k least size of a group, a whole number of at least 1
 * @param name of the people in messages, such as `faces of glasses 1`
 * @returns groups of places in `points`; every place is in one
 * @throws FrostglassError `input` for fewer people than k
 */
export function nearestGroups(
  points: readonly ArrayLike<number>[],
  k: number,
  name = 'the set',
): readonly (readonly number[])[] {
  if (points.length < k)
    throw new FrostglassError(
      'input',
      `k is ${k}, and ${name} shows ${points.length === 1 ? '1 person' : `${points.length} people`}: nobody can be one of so many`,
      'Ask for a smaller k, keep fewer attributes, or leave these people out.',
    )
  const groups: number[][] = []
  let rest = [...points.keys()]
  while (rest.length >= 2 * k) {
    const [first, ...others] = rest as [number, ...number[]]
    const far = new Map(others.map((one) => [one, squaredDistance(points[first]!, points[one]!)]))
    const near = others.toSorted((a, b) => far.get(a)! - far.get(b)!).slice(0, k - 1)
    const group = [first, ...near]
    groups.push(group)
    const taken = new Set(group)
    rest = rest.filter((one) => !taken.has(one))
  }
  if (rest.length > 0) groups.push(rest)
  return groups
}

function squaredDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let j = 0; j < a.length; j++) sum += (a[j]! - b[j]!) ** 2
  return sum
}
