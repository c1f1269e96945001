// The page of the conformance run: by operator and version, on each executor, how many cases pass, are refused, are wrong.
// Source: the results of scripts/conformance/run.ts. It is generated: a change to it is a change here, or to the engine.

import { readFileSync } from 'node:fs'
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

const versionsOf = (results: readonly Result[]): string =>
  [...new Set(results.map((r) => r.version))].toSorted((a, b) => a - b).join(', ')

/** `5` where all pass, else what else came, and of which versions: `3 · 1 r (11)`. */
function cell(results: readonly Result[], executor: 'plain' | 'native'): string {
  const c = count(results, executor)
  const others = (['refused', 'wrong', 'untyped'] as const).filter((o) => c[o] > 0)
  const said = others.map((o) => {
    const versions = versionsOf(results.filter((r) => r[executor].outcome === o))
    return `${o === 'refused' ? `${c[o]} r` : `**${c[o]} ${o}**`} (${versions})`
  })
  return [String(c.pass), ...said].join(' · ')
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

/** What test/gradients/compare.ts found by operator: how many cases of PyTorch's were right, wrong, refused, untyped. */
const held = JSON.parse(
  readFileSync(new URL('../../test/gradients/held.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, Readonly<Record<string, number>>>>

/** Whether an operator has a gradient, and how many cases of PyTorch's it was held against, on both executors. */
function gradientOf(operator: string): string {
  const { gradient } = operators.get(operator)!
  if (gradient === 'none') return 'constant'
  // A rule that looks at nothing says why there is none.
  if (!gradient || gradient.length === 0) return 'refused'
  const counts = Object.entries(held[operator] ?? {})
  const sum = (of: RegExp) => counts.reduce((n, [key, count]) => n + (of.test(key) ? count : 0), 0)
  const wrong = sum(/wrong|untyped/)
  if (wrong > 0) return `rule, **${wrong} wrong**`
  const cases = sum(/^plain right/)
  return cases > 0 ? `rule, ${cases}` : 'rule'
}

function rowsOf(results: readonly Result[]): string[] {
  const byOperator = [...groups(results, (r) => r.operator)].toSorted(([a], [b]) => a.localeCompare(b))
  return byOperator.map(([operator, cases]) => {
    const cells = [
      versionsOf(cases),
      cases.length,
      ...executors.map((e) => cell(cases, e)),
      gradientOf(operator),
    ]
    return `| ${[operator, ...cells].join(' | ')} |`
  })
}

const words = [
  "Every node of a model is of the version that its operator set gives its operator. The cases are ONNX's own node tests",
  '(PyPI `onnx` 1.23.2, operator sets 1 to 28), and one operator at each of its versions from set 6 to 25, at the first and the',
  'last set that has it, against ONNX Runtime (1.32, PyPI), NumPy where it has no such version, and the reference where',
  'neither does. **Passes**: within 0.1% and a millionth of the largest element, two units in the last place of a half; integers',
  'exactly; types and shapes too; of what is drawn at random these alone. **Refused**: by an error of ours that names node and',
  'cause. **Wrong**: another result. **Untyped**: another error, a crash, no answer. `npm run conformance` writes this page; it',
  'makes a Python of its own, or takes the one that `FROSTGLASS_PYTHON` names.',
]

/** Why cases are refused, the most frequent first. */
function reasons(results: readonly Result[]): string[] {
  const kinds = new Map<string, { plain: number; native: number }>()
  for (const r of results) {
    for (const executor of executors) {
      if (r[executor].outcome !== 'refused') continue
      const { kind } = reasonKinds.find(({ pattern }) => pattern.test(r[executor].why))!
      const sum = kinds.get(kind) ?? { plain: 0, native: 0 }
      sum[executor]++
      kinds.set(kind, sum)
    }
  }
  const most = [...kinds].toSorted(([, a], [, b]) => b.plain + b.native - a.plain - a.native)
  return most.map(([kind, { plain, native }]) => `- ${kind}: ${plain} and ${native}`)
}

const reasonKinds = [
  {
    pattern: /element type|no input of|STRING/,
    kind: 'text, float8e8m0, float6, and other types that we do not hold',
  },
  { pattern: /ONNX Runtime (refuses|fails)/, kind: 'the runtime has no kernel for these types or inputs' },
  { pattern: /not known from|at run time|how many dimensions/, kind: 'shapes that only a run can tell' },
  { pattern: /no operator set/, kind: 'no operator set that the runtime has keeps the meaning' },
  { pattern: /has no plain kernel/, kind: 'operators that have no plain kernel' },
  { pattern: /ONNX Runtime/, kind: 'the runtime is known to compute something else' },
  { pattern: /not a tensor/, kind: 'sequences and optionals' },
  { pattern: /./, kind: 'attributes and modes that we do not compute' },
] as const

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
    ...words,
    '',
    ...sums,
    '',
    'What is refused, and how often, plain and native:',
    '',
    ...reasons(listed),
    '',
    '## By operator',
    '',
    'A case counts for the last of its nodes. `r`: refused, in brackets the versions of the operator that it happened at.',
    'The gradient: there is a `rule`, with the number of cases in which what it gives agrees with PyTorch (in float64) to 2e-5 on',
    'plain, and on native where that runs them (`test/gradients`); or the result is `constant` almost everywhere; or training through',
    'it is `refused`. Every rule is held against differences too.',
    '',
    '| operator | versions tried | cases | plain | native | gradient |',
    '|---|---|---|---|---|---|',
    ...rowsOf(results.filter((r) => operators.has(r.operator))),
    '',
  ].join('\n')
  return { page, summary: `${sums.join('\n')}\n` }
}
