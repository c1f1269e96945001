// A hierarchy said in an option of the command line: `age=interval:0,5,10`, `postcode=prefix`, `born=date:month,year`.
// Source: docs/tables.md#hierarchies.
// It opens no file: the caller reads the one that is named.

import { FrostglassError, printable } from '../../../errors.ts'
import type { Hierarchy } from '../hierarchy.ts'
import { type CountedValues, clusteredCategories, clusteredNumbers, clusteredWarning } from './clustered.ts'
import { type DateUnit, dateHierarchy, dateUnits } from './dates.ts'
import { readDecimal, writeDecimal } from './decimals.ts'
import { readHierarchy } from './file.ts'
import { type IntervalOptions, intervalHierarchy } from './intervals.ts'
import { orderedHierarchy } from './orderedGroups.ts'
import { type PrefixOptions, prefixHierarchy } from './prefixes.ts'
import { leavesOf, withMissing } from './tree.ts'

/** How a column's hierarchy comes to be. */
export type HierarchyRule =
  | { readonly kind: 'file'; readonly path: string }
  | ({ readonly kind: 'interval' } & IntervalOptions)
  | { readonly kind: 'date'; readonly units: readonly DateUnit[]; readonly form?: string | undefined }
  | ({ readonly kind: 'prefix' } & PrefixOptions)
  | {
      readonly kind: 'ordered'
      readonly order: readonly string[]
      readonly sizes: readonly (readonly number[])[]
    }
  | { readonly kind: 'cluster'; readonly of: 'numbers' | 'categories'; readonly fanOut: number }

/** What each kind looks like, for help and for errors. */
export const hierarchyForms = Object.freeze({
  file: 'education=file:education.csv',
  interval:
    'age=interval:0,5,10,20 (origin, then a width a level; x2 doubles the one before; bottom=18, top=90)',
  date: 'born=date:month,year,decade or born=date:month,year,form=DD.MM.YYYY (also day, week, quarter)',
  prefix:
    'postcode=prefix or postcode=prefix:3,2 (characters kept a level; redact=left, align=right, character=#)',
  ordered: 'degree=ordered:none<school<college<master:2,2 (sizes a level; 2+1 for unequal groups)',
  cluster:
    'age=cluster:numbers or country=cluster:categories,3 (how many groups become one; built from the table)',
})

const kinds = Object.keys(hierarchyForms) as readonly HierarchyRule['kind'][]

/** Words behind the kind: those of the form `key=value`, and the others. */
function wordsOf(said: string): {
  readonly plain: readonly string[]
  readonly stated: ReadonlyMap<string, string>
} {
  const words = said === '' ? [] : said.split(',').map((word) => word.trim())
  const pairs = words.filter((word) => /^[a-z]+=/.test(word))
  return {
    plain: words.filter((word) => !/^[a-z]+=/.test(word)),
    stated: new Map(
      pairs.map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]),
    ),
  }
}

const wrong = (said: string, message: string, kind?: HierarchyRule['kind']) =>
  new FrostglassError(
    'usage',
    `--hierarchy ${printable(said)}: ${message}`,
    `Write ${kind === undefined ? `COLUMN=KIND, where KIND is one of ${kinds.join(', ')}` : hierarchyForms[kind]}.`,
  )

/** Refuses settings that a kind does not have. */
function known(
  said: string,
  kind: HierarchyRule['kind'],
  stated: ReadonlyMap<string, string>,
  names: readonly string[],
) {
  for (const name of stated.keys())
    if (!names.includes(name)) throw wrong(said, `${kind} has no setting ${printable(name)}`, kind)
}

function wholeNumbers(
  said: string,
  kind: HierarchyRule['kind'],
  words: readonly string[],
): readonly number[] {
  return words.map((word) => {
    if (!/^\d{1,6}$/.test(word)) throw wrong(said, `"${printable(word)}" is no whole number`, kind)
    return Number(word)
  })
}

function intervalRule(said: string, rest: string): HierarchyRule {
  const { plain, stated } = wordsOf(rest)
  known(said, 'interval', stated, ['bottom', 'top'])
  const [origin, ...steps] = plain
  if (origin === undefined || steps.length === 0)
    throw wrong(said, 'an origin and a width are needed', 'interval')
  const widths: string[] = []
  for (const step of steps) {
    const below = widths.at(-1)
    const factor = /^x(\d{1,6})$/.exec(step)?.[1]
    if (factor !== undefined && below === undefined)
      throw wrong(said, `${step} has no width before it`, 'interval')
    const number = readDecimal(factor === undefined ? step : below!)
    if (number === undefined) throw wrong(said, `"${printable(step)}" is no number`, 'interval')
    widths.push(factor === undefined ? step : writeDecimal(number.units * BigInt(factor), number.places))
  }
  return { kind: 'interval', origin, widths, bottom: stated.get('bottom'), top: stated.get('top') }
}

function dateRule(said: string, rest: string): HierarchyRule {
  const { plain, stated } = wordsOf(rest)
  known(said, 'date', stated, ['form'])
  const units = plain.map((word) => {
    const unit = dateUnits.find((one) => one === word)
    if (unit === undefined) throw wrong(said, `there is no unit ${printable(word)}`, 'date')
    return unit
  })
  return { kind: 'date', units, form: stated.get('form') }
}

function prefixRule(said: string, rest: string): HierarchyRule {
  const { plain, stated } = wordsOf(rest)
  known(said, 'prefix', stated, ['redact', 'align', 'character'])
  const side = (name: string) => {
    const text = stated.get(name)
    if (text !== undefined && text !== 'left' && text !== 'right')
      throw wrong(said, `${name} is left or right`, 'prefix')
    return text
  }
  return {
    kind: 'prefix',
    kept: plain.length === 0 ? undefined : wholeNumbers(said, 'prefix', plain),
    redact: side('redact'),
    align: side('align'),
    character: stated.get('character'),
  }
}

function orderedRule(said: string, rest: string): HierarchyRule {
  const colon = rest.lastIndexOf(':')
  if (colon < 0) throw wrong(said, 'an order and sizes are needed', 'ordered')
  return {
    kind: 'ordered',
    order: rest.slice(0, colon).split('<'),
    sizes: rest
      .slice(colon + 1)
      .split(',')
      .map((level) => wholeNumbers(said, 'ordered', level.split('+'))),
  }
}

function clusterRule(said: string, rest: string): HierarchyRule {
  const [of, fanOut = '2', ...more] = rest.split(',')
  if ((of !== 'numbers' && of !== 'categories') || more.length > 0)
    throw wrong(said, 'numbers or categories are clustered, and one number may follow', 'cluster')
  return { kind: 'cluster', of, fanOut: wholeNumbers(said, 'cluster', [fanOut])[0]! }
}

/**
 * The column and the rule that an option says.
 * @throws FrostglassError `usage` that shows how the kind is written
 */
export function readHierarchyOption(said: string): { readonly column: string; readonly rule: HierarchyRule } {
  const parts = new RegExp(`^(.+?)=(${kinds.join('|')})(?::([\\s\\S]*))?$`).exec(said)
  if (parts === null) throw wrong(said, 'no column, or no kind of hierarchy, is named')
  const [, column = '', kind, rest = ''] = parts
  switch (kind as HierarchyRule['kind']) {
    case 'file':
      if (rest === '') throw wrong(said, 'no file is named', 'file')
      return { column, rule: { kind: 'file', path: rest } }
    case 'interval':
      return { column, rule: intervalRule(said, rest) }
    case 'date':
      return { column, rule: dateRule(said, rest) }
    case 'prefix':
      return { column, rule: prefixRule(said, rest) }
    case 'ordered':
      return { column, rule: orderedRule(said, rest) }
    case 'cluster':
      return { column, rule: clusterRule(said, rest) }
  }
}

/**
 * The hierarchy of a column by its rule, held to have every value of the column.
 * @param text what the named file says, for a rule of the kind `file`
 * @param read what turns a text of that file, or of a stated order, into a value of the table
 * @returns with a warning where the hierarchy depends on the rows
 * @throws FrostglassError `usage` or `input`, as the kind's own function does; `input` for a value that a file or an order lacks
 * @throws TypeError if the text of a named file is not given
 */
export function hierarchyByRule(
  column: string,
  rule: HierarchyRule,
  counted: CountedValues,
  text?: string,
  read: (text: string) => string = (said) => said,
): { readonly hierarchy: Hierarchy; readonly warning?: string | undefined } {
  const what = `the hierarchy of ${column}`
  const { values } = counted
  const complete = (hierarchy: Hierarchy) => {
    leavesOf(hierarchy, values, column)
    return { hierarchy }
  }
  switch (rule.kind) {
    case 'file':
      if (text === undefined) throw new TypeError(`the text of ${rule.path} is needed`)
      return complete(readHierarchy(text, what, { read }))
    case 'interval':
      return { hierarchy: intervalHierarchy(values, rule, what) }
    case 'date':
      return { hierarchy: dateHierarchy(values, rule.units, what, rule.form) }
    case 'prefix':
      return { hierarchy: prefixHierarchy(values, rule, what) }
    case 'ordered': {
      const order = rule.order.map(read).filter((value) => value !== '')
      const tree = orderedHierarchy(order, rule.sizes, what)
      return complete(values.includes('') ? withMissing(tree, what) : tree)
    }
    case 'cluster': {
      const cluster = rule.of === 'numbers' ? clusteredNumbers : clusteredCategories
      return { hierarchy: cluster(counted, rule.fanOut, what), warning: clusteredWarning }
    }
  }
}

/**
 * The file of a folder that has a column's hierarchy: `age.csv`, or ARX's `adult_hierarchy_age.csv`; nothing where there is none.
 * @throws FrostglassError `usage` where there are several
 */
export function hierarchyFileOf(column: string, files: readonly string[]): string | undefined {
  const found = files.filter((file) => file === `${column}.csv` || file.endsWith(`_hierarchy_${column}.csv`))
  if (found.length > 1)
    throw new FrostglassError(
      'usage',
      `${found.map(printable).join(' and ')} both look like the hierarchy of ${printable(column)}`,
      `Name one: --hierarchy ${printable(column)}=file:${printable(found[0]!)}.`,
    )
  return found[0]
}
