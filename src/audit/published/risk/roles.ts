// What each column seems to be: identifying, quasi-identifying, sensitive or insensitive, and what says so.
// Source: names of columns, findIdentifiers, and how many rows a column makes unique. docs/how-to/assess-risk.md
// It is a suggestion: only who knows what others may know of these people can decide.

import type { CodedTable } from '../../../protect/tables/codedTable.ts'
import { type FoundIdentifier, findIdentifiers, freeTextLetter } from './identifiers.ts'
import { nameHint, wordsOf } from './safeHarbor.ts'

/** What a column is for a publication. */
export type ColumnRole = 'identifying' | 'quasi' | 'sensitive' | 'insensitive'

/** What a column seems to be. JSON. */
export interface RoleSuggestion {
  readonly column: string
  readonly role: ColumnRole
  /** Sentences without a value. */
  readonly reasons: readonly string[]
  readonly distinct: number
  /** Share of the rows whose value nobody else has. */
  readonly unique: number
}

const sensitiveNames = [
  'diagnosis',
  'diagnose',
  'disease',
  'condition',
  'illness',
  'icd',
  'icd10',
  'icd9',
  'symptom',
  'hiv',
  'std',
  'cancer',
  'disability',
  'medication',
  'drug',
  'prescription',
  'treatment',
  'therapy',
  'procedure',
  'operation',
  'result',
  'outcome',
  'test result',
  'viral load',
  'blood',
  'genotype',
  'pregnancy',
  'abortion',
  'mental',
  'depression',
  'addiction',
  'alcohol',
  'smoking',
  'income',
  'salary',
  'salary class',
  'wage',
  'wages',
  'earnings',
  'debt',
  'credit',
  'credit score',
  'loan',
  'balance',
  'wealth',
  'benefit',
  'bankruptcy',
  'rent',
  'gehalt',
  'einkommen',
  'revenu',
  'salaire',
  'ingresos',
  'religion',
  'faith',
  'belief',
  'party',
  'vote',
  'political',
  'union',
  'orientation',
  'sexual orientation',
  'sexuality',
  'conviction',
  'offence',
  'offense',
  'crime',
  'criminal',
  'arrest',
  'grade',
  'score',
  'rating',
  'complaint',
  'sanction',
]

const quasiNames = [
  'age',
  'alter',
  'edad',
  'âge',
  'year of birth',
  'birth year',
  'yob',
  'geburtsjahr',
  'sex',
  'gender',
  'geschlecht',
  'sexe',
  'sexo',
  'race',
  'ethnicity',
  'ethnic',
  'nationality',
  'citizenship',
  'country',
  'native country',
  'state',
  'region',
  'province',
  'canton',
  'marital',
  'marital status',
  'civil status',
  'familienstand',
  'relationship',
  'household',
  'children',
  'family size',
  'education',
  'education num',
  'degree',
  'school',
  'occupation',
  'job',
  'profession',
  'beruf',
  'employer',
  'workclass',
  'industry',
  'department',
  'position',
  'language',
  'height',
  'weight',
  'eye color',
  'hair color',
  'year',
  'month',
  'hospital',
  'clinic',
  'ward',
  'branch',
  'housing',
  'vehicle',
  'hours per week',
]

/** A column that makes more rows than this unique is known to single out, whatever it is called. */
const tellingUnique = 0.001

/** What every column of a table seems to be. */
export function suggestRoles(table: CodedTable, found = findIdentifiers(table)): RoleSuggestion[] {
  return table.columns.map((column) => {
    const counts = new Float64Array(column.values.length)
    for (let i = 0; i < column.codes.length; i++) counts[column.codes[i]!]!++
    const distinct = counts.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0)
    const unique = counts.reduce((sum, count) => sum + (count === 1 ? 1 : 0), 0) / Math.max(1, table.rows)
    const of = found.filter((identifier) => identifier.column === column.name)
    return { column: column.name, distinct, unique, ...roleOf(column.name, of, distinct, unique, table.rows) }
  })
}

function roleOf(
  name: string,
  found: readonly FoundIdentifier[],
  distinct: number,
  unique: number,
  rows: number,
): Pick<RoleSuggestion, 'role' | 'reasons'> {
  const said = saidOf(found)
  if (found.some(({ direct, confidence }) => direct && confidence !== 'possible'))
    return { role: 'identifying', reasons: said }
  const free = found.some(({ letter }) => letter === freeTextLetter)
  const words = wordsOf(name)
  const sensitive = nameHint(words, sensitiveNames)
  const quasi = nameHint(words, quasiNames)
  if (found.length > 0 && !free) return { role: 'quasi', reasons: said }
  if (distinct <= 1 && rows > 1)
    return { role: 'insensitive', reasons: ['every row has the same value', ...said] }
  if (sensitive !== undefined && (quasi === undefined || sensitive.length >= quasi.length))
    return {
      role: 'sensitive',
      reasons: [`its name says “${sensitive}”, which people would not have told`, ...said],
    }
  // What a text tells cannot be made coarser: it is left out, or somebody reads it.
  if (free) return { role: 'identifying', reasons: said }
  if (quasi !== undefined)
    return { role: 'quasi', reasons: [`its name says “${quasi}”, which others know of a person`] }
  if (unique > tellingUnique)
    return {
      role: 'quasi',
      reasons: [
        `it alone makes ${(100 * unique).toFixed(1)}% of the rows unique: whoever knows it finds them`,
      ],
    }
  return { role: 'insensitive', reasons: ['its name says nothing, and hardly any row is unique by it'] }
}

/** What was found, one sentence a kind; of more than two kinds only which they are. */
function saidOf(found: readonly FoundIdentifier[]): string[] {
  const kinds = found.filter(({ letter }) => letter !== freeTextLetter)
  const texts = found.filter(({ letter }) => letter === freeTextLetter)
  const named =
    kinds.length > 2
      ? [`Safe Harbor: ${kinds.map(({ letter, title }) => `(${letter}) ${title}`).join(', ')}`]
      : kinds.map(
          ({ letter, title, evidence }) => `Safe Harbor (${letter}), ${title}: ${evidence.join(', ')}`,
        )
  return [...named, ...texts.map(({ evidence }) => `free text: ${evidence.join(', ')}`)]
}
