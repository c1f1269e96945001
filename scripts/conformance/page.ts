// The page of the conformance run: by operator and version, on each executor, how many cases pass, are refused, are wrong.
// Source: the results of scripts/conformance/run.ts. It is generated: a change to it is a change here, or to the engine.

import { operators } from '../../src/graph/operators/index.ts'
import type { Outcome } from './case.ts'
import type { Result } from './run.ts'

const executors = ['plain', 'native'] as const

type Count = Record<Outcome, number>

function count(results: readonly Result[], executor: 'plain' | 'native'): Count {
  const sum: Count = { pass: 0, refused: 0, wrong: 0, untyped: 0 }
  for (const r of results) sum[r[executor].outcome]++
  return sum
}

const share = (part: number, whole: number) => (whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)}%`)

/** `5` where all pass, else what else came: `3 · 1 refused · 1 wrong`. */
function cell(c: Count): string {
  const others = (['refused', 'wrong', 'untyped'] as const).filter((o) => c[o] > 0)
  return [String(c.pass), ...others.map((o) => (o === 'refused' ? `${c[o]} r` : `**${c[o]} ${o}**`))].join(
    ' · ',
  )
}

function groups<K>(results: readonly Result[], key: (r: Result) => K): Map<K, Result[]> {
  const found = new Map<K, Result[]>()
  for (const r of results) {
    const k = key(r)
    const group = found.get(k)
    if (group) group.push(r)
    else found.set(k, [r])
  }
  return found
}

function rowsOf(results: readonly Result[]): string[] {
  const byOperator = [...groups(results, (r) => r.operator)].toSorted(([a], [b]) => a.localeCompare(b))
  return byOperator.map(([operator, cases]) => {
    const versions = [...new Set(cases.map((r) => r.version))].toSorted((a, b) => a - b).join(', ')
    return `| ${operator} | ${versions} | ${cases.length} | ${executors.map((e) => cell(count(cases, e))).join(' | ')} |`
  })
}

/** The page, and what is said at the end of a run. */
export function pageOf(results: readonly Result[]): { page: string; summary: string } {
  const listed = results.filter((r) => r.listed)
  const line = (title: string, some: readonly Result[]) => {
    const cells = executors.map((e) => {
      const c = count(some, e)
      return `${c.pass} (${share(c.pass, some.length)}) · ${c.refused} · ${c.wrong} · ${c.untyped}`
    })
    return `| ${title} | ${some.length} | ${cells.join(' | ')} |`
  }
  const sums = [
    '| cases | number | plain: pass · refused · wrong · untyped | native: the same |',
    '|---|---|---|---|',
    line('of operators that we list', listed),
    line(
      "– of these ONNX's own",
      listed.filter((r) => r.suite === 'node'),
    ),
    line(
      '– of these one operator at a version',
      listed.filter((r) => r.suite === 'version'),
    ),
    line(
      'of other operators',
      results.filter((r) => !r.listed),
    ),
  ]
  const page = [
    '<!-- Written by `npm run conformance`. Do not edit. -->',
    '',
    '# ONNX: what is read, and how it was tried',
    '',
    ...sums,
    '',
    '| operator | versions tried | cases | plain | native |',
    '|---|---|---|---|---|',
    ...rowsOf(results.filter((r) => operators.has(r.operator))),
    '',
  ].join('\n')
  return { page, summary: `${sums.join('\n')}\n` }
}
