// Files and texts in JSON, held to a schema: what is not as it should be is refused by the name of the field.
// Source: RFC 8259; zod says what a value is.
// Not for a text that holds a secret: messages and causes quote what could not be parsed.

import { readFile } from 'node:fs/promises'
import type { z } from 'zod'
import { type ErrorCode, FrostglassError } from './errors.ts'

/** What a text is to its reader, for messages. */
export interface JsonSource {
  /** The code of errors. Default `input`. */
  readonly code?: ErrorCode | undefined
  /** What the text should be, in the words "is not as … has it"; without it zod says what is wrong with the field. */
  readonly like?: string | undefined
  readonly hint: string
}

/** What a file is to its reader. */
export interface JsonFile extends JsonSource {
  /** What cannot be read where the file cannot: "the schema". */
  readonly what: string
  /** What to do then. Default `hint`. */
  readonly missing?: string | undefined
}

/**
 * A text as JSON, a byte order mark before it left out.
 * @param from names the text in messages @throws FrostglassError when it is none
 */
export function parseJson(text: string, from: string, { hint, code = 'input' }: JsonSource): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (cause) {
    throw new FrostglassError(code, `${from} is not JSON: ${(cause as Error).message}`, hint, cause)
  }
}

/**
 * The text of a value that no other value has: what is signed or hashed says what was told.
 * @param from names the value in messages
 * @throws FrostglassError 'input' for what JSON tells otherwise than it is: NaN and infinities (null), −0 (0), undefined (nothing)
 */
export function exactJson(value: unknown, from: string): string {
  return JSON.stringify(value, (name, part: unknown) => {
    if (typeof part === 'number' ? Number.isFinite(part) && !Object.is(part, -0) : isTold(part)) return part
    throw new FrostglassError(
      'input',
      `${from}: '${name}' is ${Object.is(part, -0) ? '−0' : String(part)}, which JSON tells as something else`,
      'Take finite numbers, texts, truth values, lists and records.',
    )
  })
}

const isTold = (part: unknown): boolean =>
  part === null || ['string', 'boolean', 'object'].includes(typeof part)

/** A value of a schema. @throws FrostglassError naming the first field that is not as the schema has it */
export function requireShape<T>(
  value: unknown,
  schema: z.ZodType<T>,
  from: string,
  { hint, like, code = 'input' }: JsonSource,
): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const { path, message } = parsed.error.issues[0]!
  const field = path.join('.') || 'the whole'
  throw new FrostglassError(
    code,
    `${from}: '${field}'${like === undefined ? `: ${message}` : ` is not as ${like} has it`}`,
    hint,
  )
}

/**
 * A text in JSON, held to a schema.
 * @param from names the text in messages
 * @throws FrostglassError when it is no JSON, or not as the schema has it
 */
export const readJson = <T>(text: string, schema: z.ZodType<T>, from: string, source: JsonSource): T => {
  const value = parseJson(text, from, source)
  requireNamesOnce(text, from, source)
  return requireShape(value, schema, from, source)
}

/** What one reader takes from a name that stands twice is not what another takes (RFC 8259, section 4). @param text JSON */
function requireNamesOnce(text: string, from: string, { hint, code = 'input' }: JsonSource): void {
  const open: (Set<string> | undefined)[] = []
  let named = false
  for (let at = 0; at < text.length; at++) {
    const mark = text[at]
    if (mark === '{' || mark === '[') {
      named = mark === '{'
      open.push(named ? new Set() : undefined)
    } else if (mark === '}' || mark === ']') open.pop()
    else if (mark === ',') named = open.at(-1) !== undefined
    else if (mark === ':') named = false
    else if (mark === '"') {
      const begin = at++
      while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1
      if (!named) continue
      const name = JSON.parse(text.slice(begin, at + 1)) as string
      if (open.at(-1)!.has(name))
        throw new FrostglassError(code, `${from}: '${name}' stands there twice`, hint)
      open.at(-1)!.add(name)
    }
  }
}

/** The text of a file of JSON. @throws FrostglassError when it cannot be read */
export async function readJsonText(path: string, { what, hint, missing = hint }: JsonFile): Promise<string> {
  return await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new FrostglassError('input', `${path}: ${what} cannot be read`, missing, cause)
  })
}

/** A file of JSON, held to a schema. @throws FrostglassError as {@link readJson}, and when the file cannot be read */
export const readJsonFile = async <T>(path: string, schema: z.ZodType<T>, file: JsonFile): Promise<T> =>
  readJson(await readJsonText(path, file), schema, path, file)
