// What whoever publishes should know: of what was asked, and of what came of it.
// Source: docs/tables.md.
// No sentence holds a value of a row: all of them stand in the manifest, too.

import type { TextColumns } from '../../../data/index.ts'
import { printable } from '../../../errors.ts'
import { readDecimal, writeDecimal } from '../hierarchies/decimals.ts'
import type { PrivacyModel } from '../model.ts'
import type { Coarser, Method } from './methods.ts'
import type { AskedModel } from './modelOption.ts'
import type { ReadRoles } from './statedRoles.ts'

/** What is looked at of a request. */
interface Wanted {
  readonly quasi: readonly string[]
  readonly sensitive?: readonly string[] | undefined
  readonly list?: string | undefined
  readonly method?: Method | undefined
  readonly seconds?: number | undefined
}

/** What was done of it. */
interface Done {
  readonly original: TextColumns
  readonly roles: ReadRoles
  readonly asked: readonly AskedModel[]
  readonly models: readonly PrivacyModel[]
  readonly alone: readonly (boolean | undefined)[]
  readonly coarser: Coarser
}

/** All warnings of a publication. */
export const warningsOf = (
  request: Wanted,
  { original, roles, asked, models, alone, coarser }: Done,
): readonly string[] => [
  ...roles.warnings,
  ...timeNotes(request, coarser),
  ...weakNotes(asked),
  ...spellingNotes(request, original),
  ...notesOf(request, models, roles),
  ...coarser.warnings,
  ...aloneNotes(models, alone, coarser),
  ...emptyNotes(request.quasi, coarser),
]

/** A text but for case, spaces, forms of Unicode and how a number is written. */
function folded(text: string): string {
  const plain = text.normalize('NFKC').trim().replaceAll(/\s+/g, ' ').toLowerCase()
  const number = readDecimal(plain)
  return number === undefined ? plain : writeDecimal(number.units, number.places)
}

/** Two spellings of one value are two values to every model, and one to a reader. */
const spellingNotes = ({ quasi, sensitive = [] }: Wanted, { columns }: TextColumns): readonly string[] =>
  columns.flatMap(({ name, values }) => {
    if (!quasi.includes(name) && !sensitive.includes(name)) return []
    const more = values.length - new Set(values.map(folded)).size
    return more === 0
      ? []
      : [
          `${printable(name)}: ${more === 1 ? 'one value differs' : `${more} values differ`} from another by case, spaces or the writing of a number alone, and counts as a value of its own: write each in one way`,
        ]
  })

/** What is true of the table and not of the file: models compare with rows that were suppressed, too. */
function aloneNotes(
  models: readonly PrivacyModel[],
  alone: readonly (boolean | undefined)[],
  { kept, rows }: Pick<Coarser, 'kept' | 'rows'>,
): readonly string[] {
  const failing = models.filter((_, i) => alone[i] === false).map(({ says }) => says)
  return failing.length === 0
    ? []
    : [
        `${failing.join(', ')}: held against the whole table; the ${rows} rows that are published, without the ${kept.length - rows} that were suppressed, do not pass by themselves (fewer rows suppressed, or a stricter threshold)`,
      ]
}

/** A time that was given, and not needed. */
const timeNotes = ({ seconds }: Wanted, { method }: Pick<Coarser, 'method'>): readonly string[] =>
  seconds !== undefined && method === 'exact'
    ? ['the time was not looked at: all nodes can be searched (--method heuristic stops by it)']
    : []

/** Thresholds that every table passes. */
const weakNotes = (asked: readonly AskedModel[]): readonly string[] =>
  asked
    .filter(({ name, parameters }) => {
      const [k, l] = [Number(parameters['k']), Number(parameters['l'])]
      return (name === 'k-anonymity' && k === 1) || (/^(distinct|entropy)-l-diversity$/.test(name) && l === 1)
    })
    .map(({ name, column }) =>
      name === 'k-anonymity'
        ? '1-anonymity asks nothing: a row that nobody else has passes (--k 5)'
        : `${name} of l = 1${column === undefined ? '' : ` of ${printable(column)}`} asks nothing: a class of one value passes (--l 3)`,
    )

/** A column of which nothing is left says nothing; a table of such columns neither. */
function emptyNotes(quasi: readonly string[], { columns, kept }: Pick<Coarser, 'columns' | 'kept'>) {
  const isStar = (name: string) => {
    const { values, codes } = columns.find((one) => one.name === name)!
    return codes.every((code, row) => kept[row] === 0 || values[code] === '*')
  }
  const stars = quasi.filter(isStar).map(printable)
  if (stars.length === 0) return []
  return stars.length === quasi.length
    ? [
        'every quasi-identifier is * in all rows: what is published says nothing of it (ask for less, or allow rows to be left out with --suppress)',
      ]
    : [`${stars.join(', ')}: * in all rows`]
}

/** What whoever publishes should know of what was asked. */
function notesOf(
  { sensitive = [], list, method }: Wanted,
  models: readonly PrivacyModel[],
  { quasi }: ReadRoles,
): readonly string[] {
  const unread = sensitive.filter((name) => !models.some((model) => model.sensitive === name))
  const bare = quasi.filter(({ stated }) => !stated).map(({ name }) => name)
  return [
    ...(unread.length > 0
      ? [
          `no model asks anything of ${unread.join(', ')}: where a whole class has one value, everybody in it is known to have it (--l, --t)`,
        ]
      : []),
    // Numbers and sets are cut without one.
    ...(bare.length > 0 && method !== 'mondrian'
      ? [
          `${bare.join(', ')}: no hierarchy was stated, so that a cell stays as it is or becomes * (--hierarchy)`,
        ]
      : []),
    ...(list !== undefined && !models.some(({ needsPopulation }) => needsPopulation)
      ? ['no model counts the people of the public list (--model k-map:k=5)']
      : []),
  ]
}
