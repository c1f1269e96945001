// npm run conformance: ONNX's own tests, and one operator at each of its versions, on both executors; writes docs/reference/onnx.md.
// Source: PyPI `onnx` (a Python with it is found, or made in node_modules/.cache); see scripts/conformance/.
// `--cases FILE` takes cases that are there, `--only WORD` those whose name has it, `--results FILE` keeps every verdict.

import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { casesFile } from './conformance/fetch.ts'
import { pageOf } from './conformance/page.ts'
import { type Result, readCases, runCases } from './conformance/run.ts'

const { values } = parseArgs({
  options: { cases: { type: 'string' }, only: { type: 'string' }, results: { type: 'string' } },
})
const { only } = values

async function* chosen() {
  for await (const c of readCases(values.cases ?? casesFile())) if (!only || c.name.includes(only)) yield c
}

const shown = (result: Result) => {
  for (const executor of ['plain', 'native'] as const) {
    const { outcome, why } = result[executor]
    if (outcome === 'wrong' || outcome === 'untyped' || (only && outcome !== 'pass'))
      process.stdout.write(`${outcome} ${executor} ${result.name}: ${why.slice(0, 300)}\n`)
  }
}

const results = await runCases(chosen(), shown)
if (values.results) writeFileSync(values.results, results.map((r) => JSON.stringify(r)).join('\n'))
const { page, summary } = pageOf(results)
process.stdout.write(summary)
if (!only) writeFileSync(new URL('../docs/reference/onnx.md', import.meta.url), page)
