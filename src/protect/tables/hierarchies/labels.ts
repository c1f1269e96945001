// How groups of values are written: closed ranges and sets, in one way for hierarchies and for the cells of a partition.
// Source: ARX's aggregate functions "interval" and "set".
// Two groups never share a label: what could end a value early is quoted. A value that looks like a group itself is read as one.

const plain = (value: string) =>
  value === 'missing' || /[,{}[\]"\\]/.test(value) ? JSON.stringify(value) : value

/** The values from the first to the last, both in: `[20, 29]`; one value alone is itself. */
export const rangeLabel = (first: string, last: string): string =>
  first === last ? first : `[${plain(first)}, ${plain(last)}]`

/** A set of values: `{Asia, Europe}`; one value alone is itself. A missing cell is said in words. */
export const setLabel = (values: readonly string[]): string =>
  values.length === 1
    ? values[0]!
    : `{${values.map((value) => (value === '' ? 'missing' : plain(value))).join(', ')}}`

/** What a label says: one value, all values of a set, or all from a first to a last one; `''` is a missing cell. */
export type LabelReading =
  | { readonly kind: 'value'; readonly value: string }
  | { readonly kind: 'set'; readonly members: readonly LabelReading[] }
  | { readonly kind: 'range'; readonly first: string; readonly last: string }

/** The parts of a list between commas, of which none is inside quotes or brackets. */
function partsOf(list: string): readonly string[] {
  const parts: string[] = []
  let start = 0
  let quoted = false
  let depth = 0
  for (let i = 0; i < list.length; i++) {
    const character = list[i]!
    if (quoted && character === '\\') i++
    else if (character === '"') quoted = !quoted
    else if (quoted) continue
    else if (character === '[') depth++
    else if (character === ']') depth--
    else if (depth === 0 && list.startsWith(', ', i)) {
      parts.push(list.slice(start, i))
      start = i + 2
    }
  }
  return [...parts, list.slice(start)]
}

/** A value as it was before it was quoted. */
function unquoted(text: string): string {
  if (!text.startsWith('"')) return text
  try {
    return String(JSON.parse(text))
  } catch {
    return text
  }
}

/** Reads what {@link rangeLabel} and {@link setLabel} wrote; anything else is a value. */
export function readLabel(label: string): LabelReading {
  const inside = partsOf(label.slice(1, -1))
  if (/^\{.*\}$/s.test(label) && inside.length > 1)
    return {
      kind: 'set',
      members: inside.map((part) => {
        if (part === 'missing') return { kind: 'value', value: '' }
        return part.startsWith('[') ? readLabel(part) : { kind: 'value', value: unquoted(part) }
      }),
    }
  if (/^\[.*\]$/s.test(label) && inside.length === 2)
    return { kind: 'range', first: unquoted(inside[0]!), last: unquoted(inside[1]!) }
  return { kind: 'value', value: label }
}
