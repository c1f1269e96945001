// Numbers the distinct combinations of several columns of codes, in the order of their first row.
// Source: mixed radix: combinations of few values are one number each, and a number is an index (few) or a key (many).
// Where the columns have more combinations than a double counts, those so far are numbered first, and the rest goes on from there.

/** A column, of which each row has one of few values. */
export interface NumberedColumn {
  /** Codes of rows, or of more than these, by `rows`. */
  readonly codes: ArrayLike<number>
  /** What a code stands for; itself, if absent. */
  readonly groupOf?: Uint32Array | undefined
  /** How many values there are. */
  readonly values: number
}

/** Numbers from 0 of equal rows. */
export interface Numbering {
  readonly count: number
  /** [rows] the number of each. */
  readonly of: Uint32Array
  /** [count] the first row of each number. */
  readonly first: Uint32Array
}

/** Numbers rows; it keeps its tables from one call to the next. */
export interface Numberer {
  /**
   * @param count how many rows
   * @param rows [count] which of the columns' rows these are; the first ones, if absent
   */
  number(count: number, columns: readonly NumberedColumn[], rows?: Uint32Array): Numbering
}

const mostCombinations = 2 ** 53
// An index of two million is 8 MB: beyond, a hash table of what there is is smaller, and lies in caches.
const mostIndices = 1 << 21

/** Starts without tables. */
export function createNumberer(): Numberer {
  let index = new Uint32Array(0)
  let slots = new Uint32Array(1 << 12)
  let keys = new Float64Array(0)
  const room = (count: number) => {
    if (keys.length < count) keys = new Float64Array(count)
  }

  /** Numbers the first keys, which are below `combinations`, and leaves its tables as it found them: of zeros. */
  function numberKeys(count: number, combinations: number): Numbering {
    const of = new Uint32Array(count)
    const first = new Uint32Array(Math.min(count, combinations))
    const found = combinations <= mostIndices ? byIndex(of, first, combinations) : byHash(of, first)
    return { count: found, of, first: found === first.length ? first : first.slice(0, found) }
  }

  function byIndex(of: Uint32Array, first: Uint32Array, combinations: number): number {
    if (index.length < combinations) index = new Uint32Array(2 ** Math.ceil(Math.log2(combinations)))
    let found = 0
    for (let i = 0; i < of.length; i++) {
      const key = keys[i]!
      let number = index[key]!
      if (number === 0) {
        first[found] = i
        number = index[key] = ++found
      }
      of[i] = number - 1
    }
    for (let n = 0; n < found; n++) index[keys[first[n]!]!] = 0
    return found
  }

  /** Open addressing; slots have a number and 1, whose key its first row has. It grows with what is found. */
  function byHash(of: Uint32Array, first: Uint32Array): number {
    let found = 0
    let mask = slots.length - 1
    for (let i = 0; i < of.length; i++) {
      const key = keys[i]!
      let slot = hashOf(key) & mask
      let number = slots[slot]!
      while (number !== 0 && keys[first[number - 1]!] !== key) {
        slot = (slot + 1) & mask
        number = slots[slot]!
      }
      if (number === 0) {
        first[found] = i
        number = slots[slot] = ++found
        if (2 * found > mask) mask = grow(first, found)
      }
      of[i] = number - 1
    }
    slots.fill(0)
    return found
  }

  function grow(first: Uint32Array, found: number): number {
    slots = new Uint32Array(slots.length * 4)
    const mask = slots.length - 1
    for (let n = 0; n < found; n++) {
      let slot = hashOf(keys[first[n]!]!) & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = n + 1
    }
    return mask
  }

  return {
    number(count, columns, rows) {
      room(count)
      keys.fill(0, 0, count)
      let combinations = 1
      for (const { codes, groupOf, values } of columns) {
        if (combinations * values > mostCombinations) {
          const before = numberKeys(count, combinations)
          keys.set(before.of)
          combinations = before.count
        }
        addColumn(keys, count, codes, groupOf, values, rows)
        combinations *= values
      }
      return numberKeys(count, combinations)
    },
  }
}

/** Makes room for a column in the keys and puts it there. */
function addColumn(
  keys: Float64Array,
  count: number,
  codes: ArrayLike<number>,
  groupOf: Uint32Array | undefined,
  values: number,
  rows: Uint32Array | undefined,
): void {
  if (rows && groupOf)
    for (let i = 0; i < count; i++) keys[i] = keys[i]! * values + groupOf[codes[rows[i]!]!]!
  else if (rows) for (let i = 0; i < count; i++) keys[i] = keys[i]! * values + codes[rows[i]!]!
  else if (groupOf) for (let i = 0; i < count; i++) keys[i] = keys[i]! * values + groupOf[codes[i]!]!
  else for (let i = 0; i < count; i++) keys[i] = keys[i]! * values + codes[i]!
}

/** Mixes the two halves of a whole number below 2^53 (Murmur3's finaliser). */
function hashOf(key: number): number {
  const high = (key / 4294967296) >>> 0
  let h = (key - high * 4294967296) ^ Math.imul(high, 0x9e3779b1)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
