// Which columns hold identifiers of HIPAA's Safe Harbor: by what they are called, by what their cells look like, and with what evidence.
// Source: safeHarbor.ts for the kinds. Counts and shares are told; no person's value is.
// What it does not find may still identify: a nickname under another heading, a story in a free text.

import type { CodedTable, CodedTableColumn } from '../../../protect/tables/codedTable.ts'
import { contentTests, isFinePostcode, isOldAge } from './contentPatterns.ts'
import { type FreeText, freeTextIn } from './freeText.ts'
import { type IdentifierKind, identifierKinds, nameHint, wordsOf } from './safeHarbor.ts'

/** An identifier that a column seems to hold. JSON. */
export interface FoundIdentifier {
  readonly column: string
  /** Letter and title of Safe Harbor; `A–R` for a free text, which may hold any of them. */
  readonly letter: string
  readonly title: string
  /** Whether it names a person by itself. */
  readonly direct: boolean
  /**
   * `certain`: most cells look so, and the name says so or the look is no other thing's; `likely`: the name or most cells, or
   * words of some longer texts; `possible`: some cells, or a look that others have too.
   */
  readonly confidence: 'certain' | 'likely' | 'possible'
  /** What says so, as sentences without a value. */
  readonly evidence: readonly string[]
  /** Share of the cells that are not empty that look so, or hold one among other words; null where the name alone speaks. */
  readonly share: number | null
}

/** Distinct values of a column that are looked at, evenly spread; of longer texts more. */
const [sampledValues, sampledTexts] = [20_000, 50_000]

/** Shares of cells from which a look is a column's, and from which it is worth a word. */
const [most, some] = [0.5, 0.01]

/** The letter of a free text: any of the kinds may be in it. */
export const freeTextLetter = 'A–R'

/** Every identifier that seems to be in a table, column by column. */
export function findIdentifiers(table: CodedTable): FoundIdentifier[] {
  return table.columns.flatMap((column) => {
    const cells = cellsOf(column)
    const found = identifierKinds.flatMap((kind) => kindIn(kind, column, cells) ?? [])
    found.push(...oldAgesIn(column, cells))
    const code = found.some(({ direct }) => direct) ? undefined : codeIn(column, cells)
    const text = freeTextIn(column.name, cellsOf(column, sampledTexts))
    return [
      ...withMentions(withoutEchoes(code ? [...found, code] : found), column, text),
      ...longTextIn(column, text),
    ]
  })
}

/** Distinct texts that are not empty, with their rows. */
export interface Cells {
  readonly texts: readonly string[]
  readonly rows: Float64Array
  readonly all: number
  readonly distinct: number
}

function cellsOf({ values, codes }: CodedTableColumn, largest = sampledValues): Cells {
  const counts = new Float64Array(values.length)
  for (let i = 0; i < codes.length; i++) counts[codes[i]!]!++
  const present = values.flatMap((value, code) => (counts[code]! > 0 && value.trim() !== '' ? [code] : []))
  // Values stand in the order of their letters: the first ones would be of one kind.
  const looked =
    present.length <= largest
      ? present
      : Array.from({ length: largest }, (_, i) => present[Math.floor((i * present.length) / largest)]!)
  const rows = Float64Array.from(looked, (code) => counts[code]!)
  return {
    texts: looked.map((code) => values[code]!.trim()),
    rows,
    all: rows.reduce((a, b) => a + b, 0),
    distinct: present.length,
  }
}

function shareOf({ texts, rows, all }: Cells, test: (text: string) => boolean): number {
  if (all === 0) return 0
  let hits = 0
  for (let i = 0; i < texts.length; i++) if (test(texts[i]!)) hits += rows[i]!
  return hits / all
}

function kindIn(kind: IdentifierKind, column: CodedTableColumn, cells: Cells): FoundIdentifier | undefined {
  const words = wordsOf(column.name)
  const hint = nameHint(words, kind.names)
  const share = contentShare(kind, words, hint, cells)
  // Two capitalised words may be a country or a profession: where few differ, they are no names of people.
  const vague = kind.letter === 'A' && hint === undefined && cells.distinct < 0.5 * cells.all
  const looks = share >= most && !vague
  if (hint === undefined && (share < some || vague)) return undefined
  // A year is no date, and three digits are no postcode, whatever the column is called.
  if (hint !== undefined && share === 0 && kind.looks.length > 0 && !kind.direct && !isPlace(kind, words))
    return undefined
  const confidence =
    looks && (hint !== undefined || kind.letter !== 'A')
      ? 'certain'
      : hint !== undefined || looks
        ? 'likely'
        : 'possible'
  return {
    column: column.name,
    letter: kind.letter,
    title: kind.title,
    direct: kind.direct,
    confidence,
    evidence: [
      ...(hint === undefined ? [] : [`its name says “${hint}”`]),
      ...(share >= some ? [`${percent(share)} of its cells look so`] : []),
    ],
    share: share >= some ? share : null,
  }
}

/** Streets and cities have no look of their own: their names speak, but for postcodes. */
const isPlace = ({ letter }: IdentifierKind, words: string): boolean =>
  letter === 'B' && !/\b(zip|zipcode|zip5|postcode|post code|postal|plz|postleitzahl)\b/.test(words)

function contentShare(kind: IdentifierKind, words: string, hint: string | undefined, cells: Cells): number {
  const shares = kind.looks.map((look) => shareOf(cells, contentTests[look]))
  if (kind.letter === 'B' && hint !== undefined && !isPlace(kind, words))
    shares.push(shareOf(cells, isFinePostcode))
  return Math.max(0, ...shares)
}

/** Ages above 89 are few, and each is an identifier. */
function oldAgesIn(column: CodedTableColumn, cells: Cells): FoundIdentifier[] {
  const share = /\b(age|alter|edad|âge)\b/.test(wordsOf(column.name)) ? shareOf(cells, isOldAge) : 0
  if (share === 0) return []
  const { letter, title, direct } = identifierKinds.find((kind) => kind.letter === 'C')!
  const evidence = [`its name says an age, and ${percent(share)} of its cells are above 89`]
  return [{ column: column.name, letter, title, direct, confidence: 'likely', evidence, share }]
}

/** A code of one person: whole numbers or short texts without spaces, nearly all of them different. */
function codeIn(column: CodedTableColumn, cells: Cells): FoundIdentifier | undefined {
  const rows = column.codes.length
  if (rows < 50 || cells.distinct < 0.98 * rows) return undefined
  const coded = shareOf(cells, (text) => /^[\p{L}\p{N}_:/-]{1,64}$/u.test(text) && /\d/.test(text))
  if (coded < 0.95) return undefined
  const { letter, title, direct } = identifierKinds.at(-1)!
  return {
    column: column.name,
    letter,
    title,
    direct,
    confidence: 'likely',
    evidence: [
      `${percent(cells.distinct / rows)} of its cells are different, and written as codes or whole numbers`,
    ],
    share: coded,
  }
}

/** One look fits several kinds: the surest speaks, others of the same column only where they are as sure. */
function withoutEchoes(found: readonly FoundIdentifier[]): FoundIdentifier[] {
  const order = ['possible', 'likely', 'certain']
  const best = Math.max(-1, ...found.map(({ confidence }) => order.indexOf(confidence)))
  return found.filter(({ confidence }) => order.indexOf(confidence) === best)
}

/** What is found among the words of longer texts, beside what whole cells are. */
function withMentions(
  found: readonly FoundIdentifier[],
  column: CodedTableColumn,
  text: FreeText,
): FoundIdentifier[] {
  const more: FoundIdentifier[] = []
  const all = found.map((one) => {
    const share = text.mentions.get(one.letter)
    return share === undefined ? one : { ...one, evidence: [...one.evidence, among(share)] }
  })
  for (const { letter, title, direct } of identifierKinds) {
    const share = text.mentions.get(letter)
    if (share === undefined || all.some((one) => one.letter === letter)) continue
    const confidence = share >= most ? 'certain' : 'likely'
    more.push({ column: column.name, letter, title, direct, confidence, evidence: [among(share)], share })
  }
  return [...all, ...more]
}

const among = (share: number) => `${percent(share)} of its cells hold one among other words`

function longTextIn(column: CodedTableColumn, { reasons }: FreeText): FoundIdentifier[] {
  if (reasons.length === 0) return []
  const title = 'free text, which may hold any of them'
  const evidence = [...reasons, 'names without a title, places and stories are not looked for: read it']
  return [
    {
      column: column.name,
      letter: freeTextLetter,
      title,
      direct: true,
      confidence: 'possible',
      evidence,
      share: null,
    },
  ]
}

const percent = (share: number): string =>
  share > 0 && share < 0.001
    ? 'below 0.1%'
    : share < 1 && share > 0.999
      ? 'over 99.9%'
      : `${(100 * share).toFixed(1)}%`
