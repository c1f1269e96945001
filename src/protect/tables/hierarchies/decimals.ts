// Decimal numbers as texts say them, exactly: an integer and how many of its digits stand behind the point.
// Source: none; 0.3 / 0.1 is below 3 in binary floating point, and a value would get a label that it is not in.
// It does not read separators of thousands, hexadecimal numbers, infinities.

/** `units` · 10^−`places`. */
export interface Decimal {
  readonly units: bigint
  readonly places: number
}

/** The number that a text is, or nothing. Powers of ten beyond 400 are no number here. */
export function readDecimal(text: string): Decimal | undefined {
  const parts = /^\s*([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?\s*$/.exec(text)
  if (parts === null) return undefined
  const [, sign, whole = '', fraction = '', exponent = '0'] = parts
  const power = Number(exponent)
  if (Math.abs(power) > 400) return undefined
  const units = BigInt(`${whole}${fraction}`) * (sign === '-' ? -1n : 1n)
  const places = fraction.length - power
  return places >= 0 ? { units, places } : { units: units * 10n ** BigInt(-places), places: 0 }
}

/** The same number with so many places, of which it has no more. */
export const atPlaces = ({ units, places }: Decimal, wanted: number): bigint =>
  units * 10n ** BigInt(wanted - places)

/** The text of a number: `12.5`, `-0.25`, `30`. */
export function writeDecimal(units: bigint, places: number): string {
  const digits = String(units < 0n ? -units : units).padStart(places + 1, '0')
  const whole = digits.slice(0, digits.length - places)
  const fraction = digits.slice(digits.length - places).replace(/0+$/, '')
  return `${units < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`
}

/** What more to do about a text that is no number: where it is one with a decimal comma, in the words of the command line. */
export const commaAdvice = (text: string): string =>
  /^\s*[+-]?\d+,\d+\s*$/.test(text) ? ', or read its comma as a decimal one (--decimal-comma)' : ''
