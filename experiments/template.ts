// Page templates: Markdown with named places that code fills with numbers, tables and figures' names.
// Source: Mustache's places and sections, and of it no more; every place and every value must meet, or rendering fails.
// It escapes nothing and formats nothing: values come as they are to stand.

/** What stands at a place; a section shows for `true` and once for each element of a list, which may shadow outer values. */
export type Value = string | number | boolean | readonly Values[]

/** Values by the names of their places. */
export interface Values {
  readonly [name: string]: Value
}

type Part = string | { readonly place: string } | Section

interface Section {
  readonly section: string
  /** Shown for `false` and an empty list instead. */
  readonly otherwise: boolean
  readonly inner: Part[]
}

/**
 * Fills a template. `{{name}}` is a place; what stands between `{{#name}}` and `{{/name}}` shows if the value is true, and
 * once for each element of a list; between `{{^name}}` and `{{/name}}` if it is false or empty. A section's mark alone on its
 * line takes the line with it.
 * @throws RangeError for a place without a value, a value without a place, a section that is not closed.
 * @example rendered('{{count}} rows{{#quick}}, a first look{{/quick}}', { count: 20, quick: false })
 */
export function rendered(template: string, values: Values): string {
  const parts = parsed(template)
  refuseUnused(parts, values)
  return filled(parts, [values])
}

const mark = /^\{\{([#^/])([\w-]+)\}\}\n|\{\{([#^/]?)([\w-]+)\}\}/gm

function parsed(template: string): Part[] {
  const open: { readonly name: string; readonly parts: Part[] }[] = [{ name: '', parts: [] }]
  let from = 0
  for (const found of template.matchAll(mark)) {
    const [whole, , , kind = found[1], name = found[2] as string] = found
    const { parts } = open.at(-1)!
    parts.push(template.slice(from, found.index))
    from = found.index + whole.length
    if (kind === '/') {
      if (open.length === 1 || open.pop()!.name !== name)
        throw new RangeError(`section ${name} is not open here`)
    } else if (kind) {
      const inner: Part[] = []
      parts.push({ section: name, otherwise: kind === '^', inner })
      open.push({ name, parts: inner })
    } else parts.push({ place: name })
  }
  if (open.length > 1) throw new RangeError(`section ${open.at(-1)!.name} is not closed`)
  open[0]!.parts.push(template.slice(from))
  return open[0]!.parts
}

/** @param scopes innermost first */
function filled(parts: readonly Part[], scopes: readonly Values[]): string {
  const given = (name: string): Value => {
    const scope = scopes.find((values) => Object.hasOwn(values, name))
    if (!scope) throw new RangeError(`the place ${name} has no value`)
    return scope[name] as Value
  }
  return parts
    .map((part) => {
      if (typeof part === 'string') return part
      if ('place' in part) return textOf(part.place, given(part.place))
      const value = given(part.section)
      if (typeof value === 'string' || typeof value === 'number')
        throw new RangeError(`the section ${part.section} is given a text`)
      const elements = value === true ? [{}] : value === false ? [] : value
      if (part.otherwise) return elements.length === 0 ? filled(part.inner, scopes) : ''
      return elements.map((element) => filled(part.inner, [element, ...scopes])).join('')
    })
    .join('')
}

function textOf(name: string, value: Value): string {
  if (typeof value === 'string' || typeof value === 'number') return `${value}`
  throw new RangeError(`the place ${name} is given ${typeof value === 'boolean' ? 'a yes or no' : 'a list'}`)
}

function refuseUnused(parts: readonly Part[], values: Values): void {
  const names = namesIn(parts)
  for (const [name, value] of Object.entries(values)) {
    if (!names.has(name)) throw new RangeError(`the value ${name} has no place`)
    if (typeof value === 'object') {
      const inner = sectionsIn(parts, name).flatMap((section) => section.inner)
      for (const element of value) refuseUnused(inner, element)
    }
  }
}

function namesIn(parts: readonly Part[]): Set<string> {
  const names = new Set<string>()
  for (const part of parts) {
    if (typeof part === 'string') continue
    if ('place' in part) names.add(part.place)
    else for (const name of [part.section, ...namesIn(part.inner)]) names.add(name)
  }
  return names
}

function sectionsIn(parts: readonly Part[], name: string): Section[] {
  return parts.flatMap((part) => {
    if (typeof part === 'string' || 'place' in part) return []
    return [...(part.section === name ? [part] : []), ...sectionsIn(part.inner, name)]
  })
}
