// What the commands print: results on stdout (text, or one JSON value), everything else on stderr.
// It loads nothing that help does not need: bars and tables have files of their own.

import pc from 'picocolors'
import { FrostglassError } from '../errors.ts'
import { writeWhole } from './wholeWrite.ts'

/** A copy of what is printed, for the case that nobody could read it. */
export interface Copy {
  readonly path: string
  /** The result is out: the copy is not needed. */
  remove(): void
}

/** Where a copy is of what is on its way out. */
let copyOfLast: string | undefined

/** Prints one result: as JSON when asked, else as lines of text. */
export function print(
  json: boolean | undefined,
  value: unknown,
  text: () => string,
  copy?: (printed: string) => Copy | undefined,
): void {
  const printed = `${json ? visible(JSON.stringify(value, null, 2)) : text()}\n`
  const kept = copy?.(printed)
  copyOfLast = kept?.path
  writeWhole(Buffer.from(printed), (error) => {
    if (!error) kept?.remove()
  })
}

/** Says that what was printed did not arrive, and answers the exit code: a reader that wants no more (| head) is no failure. */
export function outputLost(error: NodeJS.ErrnoException): number {
  const copy = copyOfLast === undefined ? '' : `; what it says is kept in ${copyOfLast}`
  if (error.code === 'EPIPE') {
    if (copy !== '') process.stderr.write(`the result was not read to its end${copy}\n`)
    return 0
  }
  const reason = error.code === 'ENOSPC' ? 'no space is left on the device' : error.message
  process.stderr.write(
    `${pc.red('error (io)')} the result could not be printed: ${reason}\n` +
      `  ${pc.cyan(`Name another place for it: what the command did and wrote stands${copy}.`)}\n`,
  )
  return 2
}

/** Prints warnings on stderr, one a line; in JSON they are part of the result. */
export function warn(json: boolean | undefined, warnings: readonly string[]): void {
  if (json) return
  for (const warning of warnings) process.stderr.write(`${pc.yellow('warning')} ${visible(warning)}\n`)
}

/** Prints an error on stderr: what and why, and in a sentence of its own what to do. A bug also shows its stack. */
export function printError(error: unknown, json: boolean): void {
  if (json) {
    const known = error instanceof FrostglassError
    const value = {
      error: {
        code: known ? error.code : 'bug',
        message: (error as Error).message ?? String(error),
        hint: known && error.hint ? error.hint : undefined,
      },
    }
    process.stderr.write(`${visible(JSON.stringify(value))}\n`)
    return
  }
  if (error instanceof FrostglassError) {
    process.stderr.write(`${pc.red(`error (${error.code})`)} ${visible(error.message)}\n`)
    if (error.hint) process.stderr.write(`  ${pc.cyan(visible(error.hint))}\n`)
    return
  }
  process.stderr.write(`${pc.red('bug')} ${visible((error as Error)?.stack ?? String(error))}\n`)
  process.stderr.write(
    '  This is a defect of frostglass, not of your input: please report it with the lines above.\n',
  )
}

/** What moves a cursor, turns the direction of text, begins a line, or is not seen; but for our own ends of lines. */
const unseen = /[^\P{C}\n]|[\p{Zl}\p{Zp}]/gu

/** A cell of a file, or a stranger's words, may be quoted: such characters are shown, not obeyed. JSON stays the same value. */
const visible = (text: string): string =>
  text.replace(unseen, (found) =>
    [...Array(found.length).keys()]
      .map((i) => `\\u${found.charCodeAt(i).toString(16).padStart(4, '0')}`)
      .join(''),
  )

/** A positive figure in three significant digits, e.g. 1.23e-14. */
export function scientific(value: number): string {
  return value === 0 ? '0' : value.toExponential(1)
}

/** A number of things with its noun, e.g. 1 row, 1,200 rows. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
}
