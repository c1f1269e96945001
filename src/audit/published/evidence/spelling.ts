// One spelling for tables that were written by different programs: 1 and 1.0, Flu and flu, "flu " and "flu".
// Source: ours; what is compared by its exact text alone finds nothing where a program wrote numbers with a decimal point.
// Texts that both tables keep apart stay apart. What is spelled in words of another language is not found: evidence/readable.ts counts it.

import type { CodedTableColumn } from '../../../protect/tables/codedTable.ts'

const plainNumber = /^([-+])?0*(\d*)(?:\.(\d*?)0*)?$/
const powerNumber = /^[-+]?(?:\d+\.?\d*|\.\d+)e[-+]?\d+$/i
const commaNumber = /^([-+]?\d+),(\d{1,2}|\d{4,})$/
const midnight = /^(\d{4})[-/.](\d{2})[-/.](\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?(?:Z|\+00:?00)?)?$/
const dayFirst = /^(\d{2})\.(\d{2})\.(\d{4})$/

/** Digits that a double tells apart. */
const exactDigits = 15

/** A number in one form; undefined for what is none. */
function numberOf(text: string): string | undefined {
  const plain = /\d/.test(text) ? plainNumber.exec(text) : null
  if (plain) {
    const [, sign, whole = '', part = ''] = plain
    // A long whole number is an identifier, of which a double would lose the end.
    if (part === '' || whole.length + part.length <= exactDigits) {
      const digits = `${whole || '0'}${part === '' ? '' : `.${part}`}`
      return sign === '-' && digits !== '0' ? `-${digits}` : digits
    }
    return String(Number(text))
  }
  if (!powerNumber.test(text)) return undefined
  const number = String(Number(text))
  return powerNumber.test(number) ? number : numberOf(number)
}

/** What a text is but for white space, forms of Unicode, and how a number or a day is written. */
export function spelled(text: string): string {
  const trimmed = text.normalize('NFC').trim().replaceAll(/\s+/g, ' ')
  const number = numberOf(trimmed)
  if (number !== undefined) return number
  const day = midnight.exec(trimmed)
  if (day) return day.slice(1).join('-')
  const german = dayFirst.exec(trimmed)
  return german ? `${german[3]}-${german[2]}-${german[1]}` : trimmed
}

/** The same without regard to case, to a comma before decimals, and to how a missing cell is said. */
export function folded(text: string): string {
  const plain = spelled(text).normalize('NFKC').toLowerCase()
  if (/^(na|n\/a|nan|null|<na>|nil|nat)$/.test(plain)) return ''
  const comma = commaNumber.exec(plain)
  return comma ? spelled(`${comma[1]}.${comma[2]}`) : plain
}

const levels = [spelled, folded] as const

type Groups = ReadonlyMap<string, readonly string[]>

function groupsOf(texts: Iterable<string>, key: (text: string) => string): Groups {
  const groups = new Map<string, string[]>()
  for (const text of texts) {
    const of = key(text)
    const group = groups.get(of)
    if (group) group.push(text)
    else groups.set(of, [text])
  }
  return groups
}

/**
 * By text of the original or of the published column the one that stands for it in both; texts that stand for themselves are left out.
 * @param labels texts that are no values, such as the groups of a hierarchy
 */
export function oneSpelling(
  original: readonly string[],
  published: readonly string[],
  labels: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  const meaning = new Map<string, string>()
  const rest = (text: string) => meaning.get(text) ?? text
  for (const key of levels) {
    const own = groupsOf(new Set(original.map(rest)), key)
    const theirs = groupsOf(new Set(published.filter((text) => !labels.has(text)).map(rest)), key)
    // A column whose texts differ by case alone in both tables is one of codes: there case is not folded away from the original.
    const apart = [...own].some(([of, group]) => group.length > 1 && (theirs.get(of)?.length ?? 0) > 1)
    for (const [of, group] of own) {
      const others = theirs.get(of) ?? []
      if (group.length > 1 && (apart || others.length === 0)) continue
      for (const text of [...group, ...others]) meaning.set(text, group[0]!)
    }
    // What stood for a text may now be another's.
    for (const [text, stands] of meaning) meaning.set(text, rest(stands))
  }
  for (const [text, stands] of meaning) if (text === stands) meaning.delete(text)
  return meaning
}

/** By text of one more table the text of the original that it can mean alone. */
export function spelledLike(
  original: readonly string[],
  others: readonly string[],
): ReadonlyMap<string, string> {
  const own = new Set(original)
  const meaning = new Map<string, string>()
  for (const key of levels) {
    const groups = groupsOf(own, key)
    for (const text of others) {
      if (own.has(text) || meaning.has(text)) continue
      const group = groups.get(key(text))
      if (group?.length === 1) meaning.set(text, group[0]!)
    }
  }
  return meaning
}

/** A column whose texts are exchanged; those that are the same now share a code. */
export function respelled(column: CodedTableColumn, meaning: ReadonlyMap<string, string>): CodedTableColumn {
  if (!column.values.some((value) => meaning.has(value))) return column
  const places = new Map<string, number>()
  const codeOf = column.values.map((value) => {
    const text = meaning.get(value) ?? value
    const place = places.get(text) ?? places.size
    places.set(text, place)
    return place
  })
  return {
    name: column.name,
    values: [...places.keys()],
    codes: Uint32Array.from(column.codes, (code) => codeOf[code]!),
  }
}
