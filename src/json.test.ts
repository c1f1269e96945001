import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { exactJson, parseJson, readJson, readJsonFile } from './json.ts'

const schema = z.strictObject({ version: z.literal(1), rows: z.array(z.number()) })
const hint = 'write one'

describe('an exact text', () => {
  it('is of one value: what JSON tells as another is refused', () => {
    expect(exactJson({ a: [1, null, 'x', true, { b: 5e-324 }] }, 'it')).toBe(
      '{"a":[1,null,"x",true,{"b":5e-324}]}',
    )
    for (const value of [Number.NaN, Infinity, -Infinity, -0, undefined, () => 1, 1n])
      for (const within of [value, [value], { a: { b: value } }])
        expect(() => exactJson(within, 'the settings')).toThrow(
          expect.objectContaining({ code: 'input', message: expect.stringMatching(/^the settings: '/) }),
        )
  })
})

describe('JSON of a schema', () => {
  it('is read, with or without a byte order mark', () => {
    const text = '{"version": 1, "rows": [1, 2]}'
    expect(readJson(text, schema, 'a.json', { hint })).toEqual({ version: 1, rows: [1, 2] })
    expect(readJson(`\uFEFF${text}`, schema, 'a.json', { hint }).rows).toEqual([1, 2])
  })
  it('is refused by the field that is wrong', () => {
    const wrong = '{"version": 1, "rows": [1, "b"]}'
    expect(() => readJson(wrong, schema, 'a.json', { hint })).toThrow(/^a\.json: 'rows\.1': .*number/)
    expect(() => readJson(wrong, schema, 'a.json', { hint, like: 'a list of version 1' })).toThrow(
      "a.json: 'rows.1' is not as a list of version 1 has it",
    )
    expect(() => readJson('7', schema, 'a.json', { hint, like: 'one' })).toThrow(
      "'the whole' is not as one has it",
    )
  })
  it('is refused where it is none, with the hint, the code and the cause', () => {
    expect(() => parseJson('{', 'a.json', { hint, code: 'usage' })).toThrow(
      expect.objectContaining({
        code: 'usage',
        hint,
        message: expect.stringMatching(/^a\.json is not JSON: /),
        cause: expect.any(SyntaxError),
      }),
    )
  })
  it('is refused where there is no file, with what to do then', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'json-'))
    const path = join(folder, 'a.json')
    const file = { what: 'the list', hint, missing: 'check the path' }
    await expect(readJsonFile(path, schema, file)).rejects.toMatchObject({
      code: 'input',
      message: `${path}: the list cannot be read`,
      hint: 'check the path',
    })
    writeFileSync(path, '{"version": 1, "rows": []}')
    expect(await readJsonFile(path, schema, file)).toEqual({ version: 1, rows: [] })
  })
})
