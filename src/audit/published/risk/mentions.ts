// What a longer text says among its words: an e-mail address, a telephone number, a date, a street, somebody with a title, and so on.
// Source: the same rules as contentPatterns.ts, sought anywhere in a cell; 45 CFR 164.514(b)(2).
// It reads no language: a name without a title, a village, a story that only one person has are not seen. Free text must be read.

import { type CellTest, contentTests, type Look, monthNames, streetForm } from './contentPatterns.ts'

/** A look, its form among words, and what has to be true of a text of this form. */
type Mention = readonly [look: Look, form: RegExp, test?: CellTest | undefined]

const day = '(?:0?[1-9]|[12]\\d|3[01])'
const year = '(?:1[89]|20)\\d{2}'
const namedMonth = `(?:${monthNames})\\p{L}{0,10}`
const dateForms = [
  `${year}[-/.](?:0?[1-9]|1[0-2])[-/.]${day}`,
  `${day}[-/.]${day}[-/.](?:${year}|\\d{2})`,
  `${day}(?:\\.|st|nd|rd|th)? ?(?:of |de )?${namedMonth}\\.?,? (?:de )?${year}`,
  `${namedMonth}\\.? ${day}(?:st|nd|rd|th)?,? ${year}`,
].join('|')

const titles =
  '(?:Mr|Mrs|Ms|Miss|Dr|Prof|Herrn?|Frau|Mme|Mlle|Monsieur|Madame|Señor(?:a|ita)?|Sra?|Don|Doña)\\.?'

const states =
  'AL|AK|AZ|AR|CA|CO|CT|DE|DC|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA|PR|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY'

/** In this order: what has been found is taken out, so that a date is not read again as a telephone number. */
const mentions: readonly Mention[] = [
  ['url', /(?:https?:\/\/|ftp:\/\/|\bwww\.)[^\s<>"]+/gi],
  [
    'email',
    /(?<![^\s<>"'();:,])[^\s@<>"'();:,]{1,64}@[^\s@<>"'();:,]{1,200}\.[a-z]{2,24}(?![\p{L}\p{N}])/giu,
  ],
  ['uuid', /(?<![\w-])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![\w-])/gi],
  ['device', /(?<![\w:-])[0-9a-f]{2}([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4}(?![\w:-])/gi],
  [
    'account',
    /(?<![\p{L}\p{N}])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?![\p{L}\p{N}])/gu,
    contentTests.account,
  ],
  ['account', /(?<![\p{L}\p{N}.-])\d{4}(?:[ -]?\d{3,5}){2,4}(?![\p{L}\p{N}])/gu, contentTests.account],
  ['date', new RegExp(`(?<![\\p{L}\\p{N}.])(?:${dateForms})(?![\\p{L}\\p{N}])`, 'giu')],
  ['socialSecurity', /(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])/g, contentTests.socialSecurity],
  ['internetAddress', /(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\w)/g, contentTests.internetAddress],
  ['coordinates', /(?<![\d.,])-?\d{1,2}\.\d{4,}°?\s*[,; ]\s*-?\d{1,3}\.\d{4,}°?/g],
  ['postcode', new RegExp(`(?<![\\w-])(?:\\d{5}-\\d{4}|(?:${states}) \\d{5})(?![\\w-])`, 'g')],
  ['postcode', /\b(?:[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}|[A-Z]\d[A-Z] \d[A-Z]\d)\b/g],
  ['street', new RegExp(`(?<![\\p{L}\\p{N}])${streetForm}`, 'gu')],
  [
    'personName',
    new RegExp(`(?<![\\p{L}\\p{N}])${titles} (?:(?:med|Dr|Prof)\\.? )*\\p{Lu}['’\\p{L}-]{1,40}`, 'gu'),
  ],
]

const decimals = /(?<![\d.,])(?:0|[1-9]\d{0,20})[.,]\d{1,30}(?![\d]|[.,]\d)/g

/** Digits that may be a telephone number: by their form, or by a word before them. */
const telephones = /(?<![\p{L}\p{N}_#])[+(]?\d[\d ()./-]{4,22}\d(?![\p{L}\p{N}])/gu
const telephoneForm = /^\+|^\(?0\d|^\(\d|^(?:1[ .-])?\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}$/
const callWords =
  /\b(?:tel|phone|telephone|telefon|fon|mobile|mobil|cell|handy|fax|call|called|ring|rang|téléphone|teléfono|móvil|portable)\b/iu
const lettersBefore = 24

/** Which looks are somewhere in a text. */
export function mentionedIn(text: string): Set<Look> {
  const found = new Set<Look>()
  let rest = text
  const digits = /\d/.test(text)
  for (const [look, form, test] of mentions) {
    if (!digits && look !== 'url' && look !== 'email' && look !== 'personName') continue
    if (look === 'email' && !text.includes('@')) continue
    rest = rest.replaceAll(form, (hit) => {
      if (test?.(hit) === false) return hit
      found.add(look)
      return '§'
    })
  }
  if (!digits) return found
  rest = rest.replaceAll(decimals, '§')
  for (const { 0: number, index } of rest.matchAll(telephones)) {
    const said = callWords.test(rest.slice(Math.max(0, index - lettersBefore), index))
    if (said || (telephoneForm.test(number) && contentTests.telephone(number))) found.add('telephone')
  }
  return found
}

/** Words of a text: with a letter each, and parted by spaces. */
export const wordsIn = (text: string): number => text.match(/(?<!\S)\S*?\p{L}\S*/gu)?.length ?? 0
