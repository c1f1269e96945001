// What is wrong with a text file that could not be read, and on which line: its encoding, NUL bytes, line ends, a line too long.
// Source: Unicode 15, table 3-7 (well-formed UTF-8); RFC 4180; DuckDB's own words name settings that our users do not have.
// It reads the file again, and only where reading it has failed; lines are those that an editor counts.

import { isUtf8 } from 'node:buffer'
import { FrostglassError } from '../errors.ts'
import { wrapDatabaseError } from './duckdb.ts'
import { unpacked } from './gzip.ts'
import type { TextCopy } from './textCopy.ts'

/** DuckDB's limit of a line, bytes. */
const longestLine = 2_000_000

/** Something wrong, and where. */
type Trouble = { readonly line: number; readonly what: string; readonly hint: string }

/**
 * An error of reading a table as ours: with what is wrong with the text, where it is that, else with DuckDB's reason.
 * @param copy where a copy was read in the place of the file
 */
export async function readingError(
  error: unknown,
  path: string,
  copy?: TextCopy | undefined,
): Promise<FrostglassError> {
  if (error instanceof FrostglassError) return error
  const explained = copy === undefined ? error : await ofTheFile(error, path, copy)
  const wrapped = wrapDatabaseError(explained, path, 'reading')
  if (wrapped.code !== 'input' || /\.parquet$/i.test(copy?.file ?? path)) return wrapped
  const found = await findTrouble(copy?.file ?? path).catch(() => undefined)
  if (found === undefined) return wrapped
  const { what, hint } = found
  const line = copy === undefined ? found.line : await copy.lineOf({ line: found.line })
  return new FrostglassError('input', `${path}, line ${line}: ${what}`, hint, error)
}

/** An error of DuckDB in a copy, as one in the file itself. */
async function ofTheFile(error: unknown, path: string, copy: TextCopy): Promise<unknown> {
  if (!(error instanceof Error)) return error
  const line = /on Line: (\d+)/.exec(error.message)?.[1]
  const message = error.message.replaceAll(copy.file, path)
  if (line === undefined) return new Error(message, { cause: error })
  const inFile = await copy.lineOf({ record: Number(line) })
  return new Error(message.replace(`on Line: ${line}`, `on Line: ${inFile}`), { cause: error })
}

const oneEnd = 'Give all lines one end: dos2unix, or an editor that saves with LF.'
const carriageReturn = 13
const lineFeed = 10

/** The first trouble of a text file, .gz or not; undefined where all is well. */
async function findTrouble(path: string): Promise<Trouble | undefined> {
  let line = 0
  let parts: Buffer[] = []
  let length = 0
  let ends: string | undefined
  const judge = (complete: boolean): Trouble | undefined => {
    line++
    const bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts)
    parts = []
    length = 0
    const found = troubleIn(bytes, line, complete)
    if (found || !complete) return found
    const ending = bytes.at(-1) === carriageReturn ? 'CR LF' : 'LF'
    ends ??= ending
    if (ending === ends) return undefined
    return {
      line,
      what: `the line ends in ${ending}, and those before it in ${ends}`,
      hint: oneEnd,
    }
  }
  for await (const bytes of unpacked(path)) {
    if (line === 0 && parts.length === 0) {
      const found = wideText(bytes) ?? noText(bytes)
      if (found) return found
    }
    let from = 0
    for (let end = bytes.indexOf(lineFeed); end >= 0; end = bytes.indexOf(lineFeed, from)) {
      parts.push(bytes.subarray(from, end))
      const found = judge(true)
      if (found) return found
      from = end + 1
    }
    parts.push(bytes.subarray(from))
    length += bytes.length - from
    if (length > longestLine) return judge(false)
  }
  return length > 0 ? judge(false) : undefined
}

/** UTF-16 or UTF-32, by its mark, or by every second byte of its beginning. */
function wideText(bytes: Buffer): Trouble | undefined {
  const [first, second] = bytes
  const marked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)
  const zeros = bytes.subarray(0, 200).filter((byte) => byte === 0).length
  if (!marked && zeros * 3 < Math.min(200, bytes.length)) return undefined
  return {
    line: 1,
    what: 'the file is UTF-16, expected UTF-8',
    hint: 'Say --text-encoding utf-16, or convert it (iconv -f utf-16 -t utf-8).',
  }
}

/** Signs that no text has, in more than one of twenty bytes: a picture, an archive, an encrypted file. */
function noText(bytes: Buffer): Trouble | undefined {
  const head = bytes.subarray(0, 1000)
  const signs = head.filter((byte) => (byte > 0 && byte < 9) || (byte > 13 && byte < 32)).length
  if (signs * 20 <= head.length) return undefined
  return {
    line: 1,
    what: 'the file is no text, and a table as text was expected',
    hint: 'Give a CSV or JSON file, or name a Parquet file .parquet (--format).',
  }
}

function troubleIn(bytes: Buffer, line: number, complete: boolean): Trouble | undefined {
  const zero = bytes.indexOf(0)
  if (zero >= 0)
    return {
      line,
      what: `byte ${zero + 1} of the line is NUL, which no text holds`,
      hint: 'Correct the line: the file is damaged there, or no text.',
    }
  if (!isUtf8(bytes)) {
    const at = firstBadByte(bytes)
    const byte = bytes.subarray(at, at + 1)
    return {
      line,
      what: `byte ${at + 1} of the line is no UTF-8 (0x${byte.toString('hex')}, in Latin-1 “${byte.toString('latin1')}”)`,
      hint: 'Say what the file is, e.g. --text-encoding windows-1252 (Latin-1 and what comes from Windows in the West), or convert it (iconv).',
    }
  }
  if (bytes.length > longestLine)
    return {
      line,
      what: `the line is longer than ${longestLine.toLocaleString('en')} bytes`,
      hint: 'Correct the record, or close the quote that was left open before it: no cell of a table is so large.',
    }
  const inner = bytes.indexOf(carriageReturn)
  // In quotes it is a part of the cell.
  if (!complete || inner < 0 || inner === bytes.length - 1 || bytes.includes(0x22)) return undefined
  return { line, what: `byte ${inner + 1} of the line is CR, and other lines end in LF`, hint: oneEnd }
}

/** Where text stops being UTF-8. */
function firstBadByte(bytes: Buffer): number {
  const text = bytes.toString()
  for (let from = 0; ; from++) {
    from = text.indexOf('\ufffd', from)
    // All before it is as it was, so that its place in bytes can be told; the character itself may be in the file.
    const at = Buffer.byteLength(text.slice(0, from))
    if (!bytes.subarray(at, at + 3).equals(Buffer.from('\ufffd'))) return at
  }
}
