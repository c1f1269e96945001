// Text encodings by name, and bytes of them as text, piece by piece.
// Source: the Encoding Standard (WHATWG), as Node's TextDecoder has it with full ICU: latin1 is windows-1252 there.
// It does not guess: a wrong name of an encoding of single bytes gives other letters, and no error.

import { FrostglassError } from '../errors.ts'
import { nearestName } from './schema.ts'

/** Names to propose; TextDecoder knows more for each. */
const usual = [
  ...['utf-8', 'utf-16', 'utf-16le', 'utf-16be', 'latin-1', 'iso-8859-1', 'macintosh', 'ibm866'],
  ...[1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258].map((page) => `windows-${page}`),
  ...[2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16].map((part) => `iso-8859-${part}`),
  ...['windows-874', 'koi8-r', 'koi8-u', 'gbk', 'gb18030', 'big5', 'euc-jp', 'shift_jis', 'euc-kr'],
]

/** A fatal decoder of an encoding. @throws FrostglassError `usage` for a name that is none */
export function decoderOf(name: string): TextDecoder {
  const lower = name.trim().toLowerCase()
  // As people write them: latin-1, latin_1, utf16, windows1252.
  const spellings = [
    lower,
    lower.replace(/[-_ ]/g, ''),
    lower.replace(/[_ ]/g, '-'),
    lower.replace(/^([a-z]+)(\d)/, '$1-$2'),
  ]
  for (const spelling of spellings)
    try {
      const decoder = new TextDecoder(spelling, { fatal: true })
      // No text's own: one maps bytes to private characters, the others tell nothing back.
      if (!/^(x-user-defined|replacement|iso-2022-jp)$/.test(decoder.encoding)) return decoder
    } catch {
      // The next spelling.
    }
  const near = nearestName(lower, usual)
  throw new FrostglassError(
    'usage',
    `there is no text encoding ${name}, or none that can be read here`,
    near === undefined
      ? 'Name one such as latin-1, windows-1252, utf-16, shift_jis, or convert the file (iconv).'
      : `Write ${near}, if that is meant.`,
  )
}

const marks: readonly (readonly [encoding: string, bytes: readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
]

/**
 * The text of a file's bytes, without the mark of its order of bytes, in pieces.
 * @param path for messages
 * @throws FrostglassError `input` naming the line where the bytes are no such text, and for a mark of another encoding
 */
export async function* decoded(
  path: string,
  bytes: AsyncIterable<Uint8Array>,
  encoding: string,
): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined
  let line = 1
  for await (const piece of fullAtFirst(bytes)) {
    decoder ??= markedDecoder(path, piece, encoding)
    let text: string
    try {
      text = decoder.decode(piece, { stream: true })
    } catch {
      throw undecodable(path, line + linesBefore(piece, decoder.encoding), decoder.encoding)
    }
    const zero = text.indexOf('\0')
    if (zero >= 0)
      throw new FrostglassError(
        'input',
        `${path}, line ${line + lineFeeds(text.slice(0, zero))}: a NUL character, which no text holds`,
        `Check that the file is ${decoder.encoding} (--text-encoding).`,
      )
    line += lineFeeds(text)
    yield text
  }
  try {
    yield decoder?.decode() ?? ''
  } catch {
    throw undecodable(path, line, decoder!.encoding)
  }
}

/** The same bytes; the first piece has four of them at least, where there are so many. */
async function* fullAtFirst(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let first: Uint8Array | undefined = new Uint8Array(0)
  for await (const piece of bytes) {
    if (first === undefined) {
      yield piece
      continue
    }
    first = first.length === 0 ? piece : Uint8Array.of(...first, ...piece)
    if (first.length < 4) continue
    yield first
    first = undefined
  }
  if (first !== undefined && first.length > 0) yield first
}

function lineFeeds(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++
  return count
}

/** Line feeds of a piece before what is no text in it. */
function linesBefore(piece: Uint8Array, encoding: string): number {
  // A decoder that lets all pass, and marks what it cannot read: also the end of a character that began in the piece before.
  const text = new TextDecoder(encoding).decode(piece)
  return lineFeeds(text.slice(0, Math.max(0, text.indexOf('\ufffd', 4))))
}

function undecodable(path: string, line: number, encoding: string): FrostglassError {
  return new FrostglassError(
    'input',
    `${path}, line ${line}: the bytes are no ${encoding}`,
    'Name the encoding that the file has (--text-encoding), or correct the line.',
  )
}

/** UTF-16 goes by its mark; the mark of another encoding than the one named is a contradiction. */
function markedDecoder(path: string, head: Uint8Array, encoding: string): TextDecoder {
  const decoder = decoderOf(encoding)
  const [mark] = marks.find(([, bytes]) => bytes.every((byte, i) => head[i] === byte)) ?? []
  if (mark === undefined || mark === decoder.encoding) return decoder
  if (mark === 'utf-16be' && /^utf-?16$/i.test(encoding.trim())) return decoderOf(mark)
  throw new FrostglassError(
    'input',
    `${path} begins with the mark of ${mark}, and is said to be ${decoder.encoding}`,
    `Say --text-encoding ${mark}.`,
  )
}
