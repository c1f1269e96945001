// What a cell looks like by its text alone: an e-mail address, a telephone number, a date, a card's number, and so on.
// Source: 45 CFR 164.514(b)(2), the identifiers of Safe Harbor; ISO 13616 (IBAN), ISO/IEC 7812 (Luhn), ISO 3779 (VIN), RFC 4291 (IPv6).
// A look decides nothing by itself: some ordinary texts look like numbers of somebody's, and a share of the column is what counts.

/** Whether a text looks so. Texts come trimmed and not empty. */
export type CellTest = (text: string) => boolean

const matches =
  (pattern: RegExp): CellTest =>
  (text) =>
    pattern.test(text)

const digitsOf = (text: string): string => text.replaceAll(/\D/g, '')

/** ISO/IEC 7812: doubled every second digit from the right, the sum ends in 0. */
function luhn(digits: string): boolean {
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i])
    const doubled = i % 2 === 1 ? 2 * digit : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

/** ISO 13616: the number with its first four characters behind, letters as 10 … 35, is 1 modulo 97. */
function isIban(text: string): boolean {
  const plain = text.replaceAll(' ', '').toUpperCase()
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(plain)) return false
  let rest = 0
  for (const character of plain.slice(4) + plain.slice(0, 4)) {
    const value = Number.parseInt(character, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest === 1
}

const vinLetters: Readonly<Record<string, number>> = Object.fromEntries(
  ['ABCDEFGH', 'JKLMN', 'STUVWXYZ'].flatMap((row, r) =>
    Array.from(row, (letter, i) => [letter, r === 2 ? i + 2 : i + 1]),
  ),
)
const vinWeights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2]

/** ISO 3779 with the check digit of North America in the ninth place. */
function isVehicle(text: string): boolean {
  const plain = text.toUpperCase()
  if (!/^[A-HJ-NPR-Z0-9]{17}$/.test(plain)) return false
  const value = (c: string) => vinLetters[c] ?? ({ P: 7, R: 9 } as Record<string, number>)[c] ?? Number(c)
  const sum = Array.from(plain).reduce((total, c, i) => total + value(c) * vinWeights[i]!, 0)
  return plain[8] === (sum % 11 === 10 ? 'X' : String(sum % 11))
}

/** Nine digits in groups of 3, 2 and 4, of those that are given out (Social Security Administration). */
function isSocialSecurity(text: string): boolean {
  const parts = /^(\d{3})-(\d{2})-(\d{4})$/.exec(text)
  if (!parts) return false
  const [area, group, serial] = parts.slice(1)
  return area !== '000' && area !== '666' && !area!.startsWith('9') && group !== '00' && serial !== '0000'
}

/** How names of months begin, in four languages: for a regular expression. */
export const monthNames =
  'jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mär|mai|okt|dez|fév|avr|juin|juil|août|déc|ene|abr|ago|dic'
const dates = [
  // A year with a month, with or without day and time.
  /^(1[89]|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$/,
  /^(1[89]|20)\d{2}[-/.](0?[1-9]|1[0-2])([-/.](0?[1-9]|[12]\d|3[01])([ T]\d{1,2}:\d{2}.*)?)?$/,
  /^(0?[1-9]|[12]\d|3[01])[-/.](0?[1-9]|[12]\d|3[01])[-/.]((1[89]|20)\d{2}|\d{2})([ T]\d{1,2}:\d{2}.*)?$/,
  new RegExp(
    `^((0?[1-9]|[12]\\d|3[01])\\.?[ -])?(${monthNames})[a-zäéû]*\\.?[ ,-]+((0?[1-9]|[12]\\d|3[01]),? )?(1[89]|20)?\\d{2}$`,
    'iu',
  ),
]

const isDate: CellTest = (text) => dates.some((pattern) => pattern.test(text))

/** A decimal, or a number in groups of three by points or commas: 40.123456, 1,234,567.89. */
const isNumeral = (text: string): boolean =>
  /^(0|[1-9]\d*)[.,]\d+$/.test(text) || /^[1-9]\d{0,2}([.,]\d{3}){2,}([.,]\d+)?$/.test(text)

/** Two round ends: 20000-29999, 5000-10000. */
const isSpan = (text: string): boolean => {
  const [, from, to] = /^([1-9]\d*) ?[-–] ?([1-9]\d*)$/.exec(text) ?? []
  return from !== undefined && /[09]$/.test(from) && /[09]$/.test(to!) && Number(from) < Number(to)
}

/** Digits with signs of a telephone number: a plus, a bracket, or groups. A bare number is none. */
const isTelephone: CellTest = (text) => {
  if (!/^[+(]?[\d][\d ()./-]{5,22}\d( ?(x|ext\.?) ?\d{1,6})?$/i.test(text)) return false
  if (isNumeral(text) || isSpan(text)) return false
  const { length } = digitsOf(text)
  const grouped = /^\+/.test(text) || /^\(?\d{2,5}\)?[ ./-]\d{2,}([ ./-]?\d{2,})*/.test(text)
  return (
    length >= 7 && length <= 15 && grouped && !isDate(text) && !isSocialSecurity(text) && !isAddress4(text)
  )
}

const isAddress4: CellTest = (text) =>
  /^\d{1,3}(\.\d{1,3}){3}(:\d{1,5})?$/.test(text) &&
  text
    .split(/[.:]/)
    .slice(0, 4)
    .every((part) => Number(part) <= 255)

const isAddress6 = matches(/^(?=.*::|([0-9a-f]{1,4}:){7})(::)?[0-9a-f]{1,4}(::?[0-9a-f]{1,4}){1,7}(::)?$/i)

/** Whether a cell is a postal code finer than three digits, as columns that are named so write it. */
export const isFinePostcode = matches(
  /^([A-Z]{1,2}-)?\d{4,6}(-\d{4})?$|^[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}$|^[A-Z]\d[A-Z] ?\d[A-Z]\d$/i,
)

/** Whether a cell is an age above 89. */
export const isOldAge: CellTest = (text) =>
  /^\d{2,3}(\.0+)?$/.test(text) && Number(text) > 89 && Number(text) <= 125

const properWord = "\\p{Lu}[\\p{L}'’-]{1,40}"

/** A house in a street, in four languages: for a regular expression with the flag `u`. */
export const streetForm = `(?:${[
  `\\d{1,5}[A-Za-z]?,? (?:${properWord} ){1,3}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Court|Ct|Boulevard|Blvd|Terrace|Crescent|Square|Way|Close|Place)`,
  `(?:\\p{Lu}[\\p{L}-]{0,40}(?:stra(?:ß|ss)e|str\\.|weg|gasse|allee|platz|ufer)|${properWord} (?:Stra(?:ß|ss)e|Str\\.|Weg|Gasse|Allee|Platz)) \\d{1,4}[a-z]?`,
  `\\d{1,4},? (?:rue|avenue|boulevard|impasse|chemin|quai) (?:[a-zé']{1,20} ?){0,3}${properWord}`,
  `(?:[Cc]alle|[Aa]venida|[Pp]laza) (?:[a-zé]{1,20} ){0,3}${properWord},? (?:n\\.?º? ?)?\\d{1,4}`,
].join('|')})(?![\\p{L}\\p{N}])`

/** What looks so whatever its column is called. */
export const contentTests = {
  email: matches(/^[^\s@<>]+@[^\s@<>]+\.[a-z]{2,24}$/i),
  telephone: isTelephone,
  socialSecurity: isSocialSecurity,
  internetAddress: (text: string) => isAddress4(text) || isAddress6(text),
  url: matches(/^(https?:\/\/|ftp:\/\/|www\.)\S+$/i),
  date: isDate,
  postcode: matches(/^\d{5}-\d{4}$|^[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}$|^[A-Z]\d[A-Z] \d[A-Z]\d$/i),
  street: matches(new RegExp(`^${streetForm}(\\.?$|,)`, 'u')),
  coordinates: matches(/^-?\d{1,2}\.\d{3,}[°]?\s*[,; ]\s*-?\d{1,3}\.\d{3,}[°]?$/),
  account: (text: string) =>
    isIban(text) ||
    (/^\d{4}([ -]?\d{3,5}){2,4}$/.test(text) && digitsOf(text).length >= 13 && luhn(digitsOf(text))),
  vehicle: isVehicle,
  device: matches(/^[0-9a-f]{2}([:-])[0-9a-f]{2}(\1[0-9a-f]{2}){4}$/i),
  uuid: matches(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i),
  image: matches(/\.(jpe?g|png|gif|tiff?|bmp|heic|dcm)$|^data:image\//i),
  personName: matches(
    /^((dr|mr|mrs|ms|prof|herr|frau)\.? )?\p{Lu}[\p{Ll}'’-]+( \p{Lu}\.?)?,? \p{Lu}['’]?\p{Lu}?[\p{Ll}'’]+(-\p{Lu}[\p{Ll}'’]+)?$/iu,
  ),
} satisfies Readonly<Record<string, CellTest>>

/** One of them. */
export type Look = keyof typeof contentTests
