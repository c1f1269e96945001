// Classes by known rows: whoever knows the class of one row of a code knows it of all rows of that code.
// Source: known-plaintext attack on a substitution, Kerckhoffs (1883); against stage 2 of SPG.
// Codes of which no row is known are named by exclusion where one class is left, and else at random.

import { shuffle } from '../../../random/order.ts'
import { seededStream } from '../../../random/seeded.ts'
import { labelAttack } from '../labelAttack.ts'

/** Leak: the known rows name the codes. */
export const classNaming = labelAttack({
  name: 'class-naming',
  title: 'Hidden classes by known rows',
  standpoint: 'leak',
  reads: ['classes'],
  holds: ['pairs'],
  needs: 'known rows with their classes and their protected forms',
  source: 'a substitution and its known plaintext; against stage 2 of SPG',
  fewest: 1,
  label: 'classes',
  guess({ classes }, { seed }) {
    const { unseen, known, count } = classes!
    const names = namesOf(known, count)
    const named = names.filter((name) => name >= 0).length
    const left = shuffle(
      Int32Array.from({ length: count }, (_, c) => c).filter((c) => !names.includes(c)),
      seededStream(seed, 'classes left'),
    )
    let next = 0
    const all = names.map((name) => (name >= 0 ? name : left[next++]!))
    return {
      labels: Int32Array.from(unseen, (code) => all[code]!),
      notes: [`Known rows name ${named} of ${count} classes.`],
    }
  },
})

/** The class behind each code as known rows tell it; -1 for a code of which none is known. */
export function namesOf(
  known: { readonly original: Int32Array; readonly released: Int32Array },
  count: number,
): Int32Array {
  const names = new Int32Array(count).fill(-1)
  known.released.forEach((code, r) => {
    names[code] = known.original[r]!
  })
  return names
}
