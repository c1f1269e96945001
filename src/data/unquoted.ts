// Texts with a number sign in a CSV without quotes around them: DuckDB's COPY quotes them, whatever it is told of comments.
// Source: DuckDB 1.5, whose CSV writer takes '#' for a comment always; no other common program does so.
// A stand-in of one byte goes through COPY and becomes '#' in place. If texts have all of the stand-ins, quotes stay.

import { open } from 'node:fs/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import { ask, identifier, literal } from './duckdb.ts'

/** Control characters that mean nothing to a CSV: one byte each in UTF-8, and none that is part of another character. */
const standIns = ['\x01', '\x02', '\x03', '\x04', '\x05', '\x06', '\x0e', '\x0f', '\x10', '\x11', '\x12']

/** Bytes that are looked through at a time. */
const pieceBytes = 1 << 20

/** A stand-in for '#' in a table's texts. */
export interface StandIn {
  /** SQL of a text as it goes through COPY. */
  text(cell: string): string
  /** SQL of a column's name as it does. */
  name(name: string): string
  /** Puts '#' back, in place. */
  settle(path: string): Promise<void>
}

/**
 * What stands for '#' while a CSV is written; undefined where no text has one.
 * @param texts SQL of the columns of text in `from`
 * @param from SQL of the rows
 */
export async function standInFor(
  connection: DuckDBConnection,
  names: readonly string[],
  texts: readonly string[],
  from: string,
): Promise<StandIn | undefined> {
  const has = async (character: string): Promise<boolean> => {
    if (names.some((name) => name.includes(character))) return true
    if (texts.length === 0) return false
    const any = texts.map((cell) => `coalesce(bool_or(contains(${cell}, ${literal(character)})), false)`)
    const [row] = await ask(connection, `SELECT ${any.join(' OR ')} FROM ${from}`)
    return row![0] === true
  }
  if (!(await has('#'))) return undefined
  for (const character of standIns) if (!(await has(character))) return standIn(character)
  return undefined
}

function standIn(character: string): StandIn {
  const byte = character.charCodeAt(0)
  return {
    text: (cell) => `replace(${cell}, '#', ${literal(character)})`,
    name: (name) => identifier(name.replaceAll('#', character)),
    async settle(path) {
      const file = await open(path, 'r+')
      try {
        const piece = Buffer.alloc(pieceBytes)
        for (let at = 0; ; ) {
          const { bytesRead } = await file.read(piece, 0, pieceBytes, at)
          if (bytesRead === 0) return
          const read = piece.subarray(0, bytesRead)
          const found = read.includes(byte)
          for (let i = read.indexOf(byte); i >= 0; i = read.indexOf(byte, i + 1)) read[i] = 0x23
          if (found) await file.write(read, 0, bytesRead, at)
          at += bytesRead
        }
      } finally {
        await file.close()
      }
    },
  }
}
