// Nodes of old versions of operators, translated, against what ONNX Runtime computes of them (scripts/conformance/cases.py --upgrades).

import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Case } from '../scripts/conformance/case.ts'
import { answer } from '../scripts/conformance/judge.ts'

const file = new URL('./onnxVersions.jsonl.gz', import.meta.url)
const cases = gunzipSync(readFileSync(file))
  .toString()
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Case)

const byOperator = Object.groupBy(cases, (c) => c.name.split('@')[0]!)

describe('an operator at a version that is translated', () => {
  it.each(Object.entries(byOperator))('%s gives what ONNX Runtime gives, or is refused', async (_, some) => {
    for (const c of some!) {
      const { plain, native } = await answer(c)
      expect(native, c.name).toEqual({ outcome: 'pass', why: '' })
      expect(['pass', 'refused'], `${c.name}: ${plain.why}`).toContain(plain.outcome)
    }
  })

  it('is there for each that has other meanings in operator sets 6 to 17', () => {
    expect(new Set(cases.map((c) => c.name.split('-')[0])).size).toBeGreaterThanOrEqual(40)
  })
})
