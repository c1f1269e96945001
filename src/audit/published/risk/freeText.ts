// Whether a column is free text, and which kinds of identifiers stand among the words of its cells.
// Source: 45 CFR 164.514(b)(2) holds for free text as for any field; mentions.ts for what is sought.
// What is found is a floor: words are not understood.

import { contentTests } from './contentPatterns.ts'
import { mentionedIn, wordsIn } from './mentions.ts'
import { identifierKinds, nameHint, wordsOf } from './safeHarbor.ts'

/** What a column says beyond what its cells are as a whole. */
export interface FreeText {
  /** Letters of Safe Harbor, and the share of the cells that hold one beside other words. */
  readonly mentions: ReadonlyMap<string, number>
  /** What makes it free text; none where it is not. */
  readonly reasons: readonly string[]
}

/** Words that a cell has from which on it is a text, the share of such cells, and how many of them differ, that make a free text. */
const [longWords, longShare, longTexts] = [4, 0.05, 20]

const freeNames = [
  'note',
  'notes',
  'comment',
  'comments',
  'remark',
  'remarks',
  'free text',
  'freetext',
  'narrative',
  'history',
  'anamnesis',
  'description',
  'message',
  'feedback',
  'bemerkung',
  'bemerkungen',
  'kommentar',
  'notiz',
  'notizen',
  'freitext',
  'anamnese',
  'beschreibung',
  'remarque',
  'remarques',
  'commentaire',
  'commentaires',
  'observaciones',
  'observación',
  'comentario',
  'comentarios',
]

/** Looks into cells. @param texts [distinct] trimmed. @param rows [distinct] how many cells are each. @param all their sum */
export function freeTextIn(
  name: string,
  {
    texts,
    rows,
    all,
  }: { readonly texts: readonly string[]; readonly rows: Float64Array; readonly all: number },
): FreeText {
  const hits = new Map<string, number>()
  let [long, differing] = [0, 0]
  texts.forEach((text, i) => {
    if (isNumber(text)) return
    if (wordsIn(text) >= longWords) {
      long += rows[i]!
      differing++
    }
    for (const letter of lettersIn(text)) hits.set(letter, (hits.get(letter) ?? 0) + rows[i]!)
  })
  const hint = nameHint(wordsOf(name), freeNames)
  const reasons = [
    ...(hint === undefined || texts.every(isNumber) ? [] : [`its name says “${hint}”`]),
    ...(all > 0 && long / all >= longShare && differing >= longTexts
      ? [`${(100 * (long / all)).toFixed(1)}% of its cells are texts of four words or more`]
      : []),
  ]
  return { mentions: new Map([...hits].map(([letter, count]) => [letter, count / all])), reasons }
}

const isNumber = (text: string): boolean => /^[-+]?\d+([.,]\d+)?$/.test(text)

/** Letters of what a cell holds, but for what it is as a whole. */
function lettersIn(text: string): readonly string[] {
  const found = mentionedIn(text)
  if (found.size === 0) return []
  return identifierKinds
    .filter(
      ({ looks }) => looks.some((look) => found.has(look)) && !looks.some((look) => contentTests[look](text)),
    )
    .map(({ letter }) => letter)
}
