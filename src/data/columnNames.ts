// Names of columns that are made, not read: no two that a reader would take for one.
// Source: ours; DuckDB and many databases ignore case in names, and readers of CSV often drop spaces around them.
// It does not promise that a name stays as wished: where two meet, each says which it is.

import { FrostglassError } from '../errors.ts'

/** What is left of a name for a reader that ignores case and spaces around it. */
const plain = (name: string): string => name.trim().toLowerCase()

/**
 * Columns named after classes, beside other columns: a name that meets another of them, case and spaces around it
 * aside, says which class it is, from 1. Values are in the order of `classes`, whatever the names become.
 * @param others names that stay as they are, the label's among them
 * @example classColumnNames(['bad', 'good'], ['good']) // ['bad', 'good (class 2)']
 */
export function classColumnNames(classes: readonly string[], others: readonly string[]): string[] {
  const fixed = new Set(['', ...others.map(plain)])
  const numbered = (j: number) => `${classes[j]!.trim()} (class ${j + 1})`.trim()
  const meetings = countsOf(classes)
  const meets = classes.map((name) => fixed.has(plain(name)) || meetings.get(plain(name))! > 1)
  // A class may bear another's number in its own name: then it is numbered as well, and so on to the end.
  for (;;) {
    const names = classes.map((name, j) => (meets[j] ? numbered(j) : name))
    const seen = countsOf(names)
    const again = names.map((name, j) => !meets[j] && seen.get(plain(name))! > 1)
    if (!again.includes(true)) return spaced(names, fixed)
    again.forEach((bad, j) => {
      if (bad) meets[j] = true
    })
  }
}

function countsOf(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(plain(name), (counts.get(plain(name)) ?? 0) + 1)
  return counts
}

/** Numbered names are distinct among themselves; one that meets another column's name is numbered once more. */
function spaced(names: readonly string[], fixed: ReadonlySet<string>): string[] {
  const taken = new Set([...fixed, ...names.map(plain)])
  return names.map((name, j) => {
    let free = name
    if (!fixed.has(plain(free))) return free
    while (taken.has(plain(free))) free = `${free} (class ${j + 1})`
    taken.add(plain(free))
    return free
  })
}

/**
 * What to say where `names` are not `classes` themselves; nothing where they are.
 * @param path of the file that has these columns
 */
export function renamedClasses(
  path: string,
  classes: readonly string[],
  names: readonly string[],
): readonly string[] {
  const renamed = classes.flatMap((name, j) => (names[j] === name ? [] : [`'${names[j]}' for '${name}'`]))
  if (renamed.length === 0) return []
  const shown = renamed.slice(0, 8).join(', ') + (renamed.length > 8 ? ` and ${renamed.length - 8} more` : '')
  return [`${path}: probabilities whose class would have another column's name are in ${shown}`]
}

/**
 * Refuses to write two columns that a reader would not tell apart.
 * @throws FrostglassError `input`
 */
export function requireDistinctNames(path: string, names: readonly string[]): void {
  const seen = new Map<string, string>()
  for (const name of names) {
    const earlier = seen.get(name.toLowerCase())
    if (earlier !== undefined)
      throw new FrostglassError(
        'input',
        `${path}: two columns would be named ${earlier === name ? name : `${earlier} and ${name}, which differ in case only`}`,
        'Rename one of them.',
      )
    seen.set(name.toLowerCase(), name)
  }
}
