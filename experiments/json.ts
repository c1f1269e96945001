// Results as JSON that people read and `git diff` shows: what fits into a line stands in one.
// Source: RFC 8259; the layout is that of common formatters, with one space for a level.

/** Longest line, unless one number or text alone is longer. */
const width = 120

/** A JSON value as text. @param indent what stands before it already, on its own line */
export function jsonText(value: unknown, indent = ''): string {
  const flat = JSON.stringify(value)
  if (typeof value !== 'object' || value === null || indent.length + flat.length <= width) return flat
  const inner = `${indent} `
  if (Array.isArray(value))
    return `[\n${value.map((element) => inner + jsonText(element, inner)).join(',\n')}\n${indent}]`
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => `${inner}${JSON.stringify(name)}: ${jsonText(member, inner)}`)
  return `{\n${members.join(',\n')}\n${indent}}`
}
