// Whether rows stand as they stood, or are sorted by something that is known: whoever has a list so sorted reads rows off it.
// Source: ours; statistical offices know it as the order of the file (sdcMicro's manual advises to shuffle).
// Tried are the order of the original and of each of its columns that are not hidden, both ways; a shuffled table gives all of them no
// more than a random pairing. Other orders, such as that of a file nobody gave, are not tried.

import { seededStream } from '../../../random/seeded.ts'
import { type ClassCandidates, candidatesOf, mixer } from '../candidates.ts'
import { needsSensitive, type PublishedAttack, type Sight } from '../contract.ts'
import { columnOf, groupedRows } from '../risk/classes.ts'
import { priorOf, shareMetric } from '../shares.ts'
import { counted, others } from './linkage.ts'
import { alignedInOrder } from './rowAlignment.ts'

/** Columns that people are sorted by, at most. */
const mostKeys = 24
/** Standard errors above luck from which an order counts as found, of so many that are tried. */
const beyondLuck = 4

/** Pairs the people of a class with its rows in order, or all people with all rows by their labels in order. */
export const rowOrder: PublishedAttack = {
  name: 'row-order',
  title: 'Hidden values by the order of the rows',
  standpoint: 'outsider',
  needs:
    'a list of the people in the order in which the original has them, or sorted by what is known of them, as registers and exports are',
  source: 'ours; manuals of statistical offices advise to shuffle rows',
  obstacle: needsSensitive,
  async find(sorted, { seed }) {
    const sight = sorted.asGiven()
    const { rows } = sight.evidence.original
    const tries = sight.evidence.sensitive.map((name) => ({ name, judge: judgeOf(sight, name) }))
    const best = tries.map(
      (): Judged => ({ right: 0, luck: 0, people: 0, order: '', beyond: Number.NEGATIVE_INFINITY }),
    )
    for await (const { order, rowOf } of pairings(sight, seed)) {
      tries.forEach(({ judge }, t) => {
        const found = { ...judge(rowOf), order }
        if (best[t]!.order === '' || (found.beyond >= beyondLuck && found.right > best[t]!.right))
          best[t] = found
      })
      // Who reads nearly all of it need not go on.
      if (best.every(({ beyond, right }) => beyond >= beyondLuck && right >= 0.9 * rows)) break
    }
    const strange = await Promise.all(tries.map(({ name }) => sight.strangers(name)))
    return tries.map(({ name }, t) => {
      const { right, luck, people, order } = best[t]!
      const prior = priorOf(sight.mixtures(name).whole)
      const strangers = strange[t]!.accuracy
      // Who is paired with no row is guessed as a stranger is.
      const rest = (rows - people) * strangers
      return {
        about: name,
        metrics: [
          shareMetric('attribute', right + rest, rows, {
            chance: prior.commonest,
            baseline: Math.max(strangers, (luck + rest) / rows),
          }),
        ],
        measures: [counted('share of the people who were paired with a row', people / rows)],
        notes: [
          `The order: ${order}.`,
          'The baseline is at least what a random pairing among each person’s candidates gets.',
        ],
      }
    })
  },
}

interface Judged {
  /** People whose row, by order, has their hidden value, and how many of those who have a row would by luck. */
  readonly right: number
  readonly luck: number
  readonly people: number
  readonly order: string
  /** Standard errors from luck. */
  readonly beyond: number
}

/** Judges pairings by one hidden column. */
function judgeOf(sight: Sight, name: string): (rowOf: Int32Array) => Omit<Judged, 'order'> {
  const mixtures = sight.mixtures(name)
  const { people } = sight.candidates
  const released = columnOf(sight.evidence.published, name, 'the published table').codes
  const mix = mixer(sight.candidates, mixtures)
  const { truth, whole } = mixtures
  // [people] what a random row among the candidates gets.
  const lucky = new Float64Array(truth.length)
  const kinds = groupedRows(people.count, people.classOf)
  for (let kind = 0; kind < people.count; kind++) {
    const { counts, total } = mix(kind)
    for (const i of kinds.rows.subarray(kinds.start[kind], kinds.start[kind + 1]))
      lucky[i] = total === 0 ? 0 : counts[truth[i]!]! / total
  }
  return (rowOf) => {
    let [right, luck, spread, paired] = [0, 0, 0, 0]
    for (let i = 0; i < truth.length; i++) {
      const row = rowOf[i]!
      // A suppressed cell tells nothing.
      if (row < 0 || whole[released[row]!] === 0) continue
      paired++
      if (released[row] === truth[i]) right++
      luck += lucky[i]!
      spread += lucky[i]! * (1 - lucky[i]!)
    }
    return { right, luck, people: paired, beyond: (right - luck) / Math.sqrt(Math.max(1, spread)) }
  }
}

/** A pairing: [people] row of each, −1 for none. */
interface Pairing {
  readonly order: string
  readonly rowOf: Int32Array
}

/** Every order of the people, with every order of the rows. The first is that of the original. */
async function* pairings(sight: Sight, seed: number): AsyncGenerator<Pairing> {
  const { original, published, quasi, sensitive, hierarchies } = sight.evidence
  const more = others(sight.evidence)
  // Labels of columns that nobody named keep people and rows in step as well.
  const fine =
    more.length === 0
      ? sight.candidates
      : await candidatesOf(original, published, [...quasi, ...more], hierarchies, sight.turn)
  const fits = fitter(fine)
  const forward = Uint32Array.from({ length: published.rows }, (_, r) => r)
  const backward = forward.slice().reverse()
  const asItWas = Uint32Array.from({ length: original.rows }, (_, i) => i)
  const source = seededStream(seed, 'row order')
  const shuffled = forward.slice()
  for (let left = shuffled.length; left > 1; left--) {
    const pick = source.below(left)
    const last = shuffled[left - 1]!
    shuffled[left - 1] = shuffled[pick]!
    shuffled[pick] = last
  }
  const aligned = async (people: Uint32Array, rows: Uint32Array, mostRows?: number): Promise<Int32Array> => {
    const places = await alignedInOrder(people.length, rows.length, (i, r) => fits(people[i]!, rows[r]!), {
      turn: sight.turn,
      mostRows,
    })
    const rowOf = new Int32Array(people.length).fill(-1)
    for (const [i, place] of places.entries()) if (place >= 0) rowOf[people[i]!] = rows[place]!
    return rowOf
  }
  const inStep = async (people: Uint32Array, rows: Uint32Array) => {
    const some = Math.min(rows.length, 500)
    const share = async (of: Uint32Array) =>
      (await aligned(people, of, 1)).reduce((sum, row) => sum + Number(row >= 0), 0) / some
    const luck = await share(shuffled)
    return (await share(rows)) > luck + (0.75 - luck) / 4
  }
  const keys = original.columns.filter(({ name }) => !sensitive.includes(name)).slice(0, mostKeys)
  const orders = [
    { by: 'that of the original', people: asItWas, sure: true },
    ...keys.flatMap((column) =>
      [false, true].map((falls) => ({
        by: `by “${column.name}”, ${falls ? 'falling' : 'rising'}`,
        people: sortedBy(column, falls),
        sure: false,
      })),
    ),
  ]
  for (const { by, people, sure } of orders)
    for (const rows of [forward, backward]) {
      const order = rows === backward ? `${by}, from the end` : by
      yield { order, rowOf: withinClasses(sight.candidates, people, rows) }
      if (sure || (await inStep(people, rows))) yield { order, rowOf: await aligned(people, rows) }
    }
}

/** Whether a row may be a person's. */
function fitter({ people, classes, start, of }: ClassCandidates): (person: number, row: number) => boolean {
  const sole = Int32Array.from({ length: people.count }, (_, k) =>
    start[k + 1]! - start[k]! === 1 ? of[start[k]!]! : -1,
  )
  const several = new Map<number, ReadonlySet<number>>()
  for (let k = 0; k < people.count; k++)
    if (sole[k]! < 0) several.set(k, new Set(of.subarray(start[k]!, start[k + 1]!)))
  return (person, row) => {
    const kind = people.classOf[person]!
    const one = sole[kind]!
    return one >= 0 ? classes.classOf[row] === one : several.get(kind)!.has(classes.classOf[row]!)
  }
}

/** In each class the people and the rows in order; where there are fewer rows than people, in proportion. */
function withinClasses(
  { people, classes, start, of }: ClassCandidates,
  order: Uint32Array,
  rows: Uint32Array,
): Int32Array {
  const soleOf = (person: number) => {
    const kind = people.classOf[person]!
    return start[kind + 1]! - start[kind]! === 1 ? of[start[kind]!]! : -1
  }
  const members = groupedRows(classes.count, Int32Array.from(order, soleOf))
  const there = groupedRows(
    classes.count,
    Int32Array.from(rows, (row) => classes.classOf[row]!),
  )
  const rowOf = new Int32Array(order.length).fill(-1)
  for (let c = 0; c < classes.count; c++) {
    const all = there.rows.subarray(there.start[c], there.start[c + 1])
    const list = members.rows.subarray(members.start[c], members.start[c + 1])
    list.forEach((at, place) => {
      const to = all.length >= list.length ? place : Math.floor(((place + 0.5) * all.length) / list.length)
      rowOf[order[at]!] = rows[all[to]!]!
    })
  }
  return rowOf
}

/** People in the order of a column, as numbers where all are; who is alike stays in order. */
function sortedBy(
  { values, codes }: Sight['evidence']['original']['columns'][number],
  falls: boolean,
): Uint32Array {
  const isNumber = values.every((value) => value.trim() === '' || Number.isFinite(Number(value)))
  const order = Array.from(values.keys()).sort((a, b) => {
    const [one, other] = [values[a]!, values[b]!]
    const rises = isNumber ? Number(one) - Number(other) : one < other ? -1 : Number(one > other)
    return falls ? -rises : rises
  })
  const rank = new Uint32Array(values.length)
  order.forEach((value, place) => {
    rank[value] = place
  })
  return Uint32Array.from({ length: codes.length }, (_, i) => i).sort(
    (a, b) => rank[codes[a]!]! - rank[codes[b]!]! || a - b,
  )
}
