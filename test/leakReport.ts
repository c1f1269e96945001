// A leak report of a table whose column names try to break out of the page, for tests of the report.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type AuditOptions,
  auditTable,
  type LeakReport,
  linearInversion,
  recoveryAttack,
} from '../src/audit/index.ts'
import type { Attack } from '../src/audit/tables/attack.ts'
import { likeliest } from '../src/audit/tables/attacks/quantiles.ts'
import type { RecoverySpec } from '../src/audit/tables/recovery.ts'
import { openTable } from '../src/data/index.ts'
import { createKey, type Key, protectTable } from '../src/protect/index.ts'
import { seededStream } from '../src/random/seeded.ts'

/** Column names as nobody should choose them. */
export const nastyNames = [
  '<script>alert(1)</script>',
  `"quoted" & 'single' <b>`,
  `a_very_long_name_without_a_place_to_break_${'x'.repeat(120)}`,
  '" onmouseover="alert(2)',
  'größe in µm',
] as const

/** Blind, and knows nothing: guesses of each attribute the value that is nearest to most. */
const guessing: RecoverySpec = {
  name: 'guesser',
  title: 'Guess of the <i>likeliest</i>',
  standpoint: 'blind',
  reads: ['columns'],
  holds: ['distributions'],
  needs: 'the marginals & nothing else',
  source: 'test',
  fewest: 0,
  recover: (view) => ({
    features: view.marginals.map((sorted) =>
      new Float64Array(view.unseen[0]!.length).fill(likeliest(sorted, 0.05 * (sorted.at(-1)! - sorted[0]!))),
    ),
    notes: ['Knows no <em>more</em> than 1 number an attribute.'],
  }),
}
const guesser = recoveryAttack(guessing)

/** Blind, and knows as good as nothing: the same, but two rows as they are, which no attack could read. */
export const faint: Attack = {
  ...guesser,
  name: 'faint',
  run: (evidence, options) =>
    recoveryAttack({
      ...guessing,
      name: 'faint',
      async recover(view) {
        const { features } = await guessing.recover(view, options)
        return {
          features: features.map((c, f) => c.map((x, r) => (r % 100 === 7 ? evidence.features[f]![r]! : x))),
        }
      },
    }).run(evidence, options),
}

/** Reads the truth, as no attack could: a planted weakness of labels and of links. */
const reader: Attack = {
  name: 'reader',
  title: 'Planted reader of classes',
  standpoint: 'blind',
  reads: ['classes'],
  holds: ['distributions'],
  aim: 'labels',
  needs: 'the truth',
  source: 'test',
  fewest: 0,
  applies: ({ labels }) => labels !== undefined,
  run: async ({ labels }) => ({
    attack: 'reader',
    title: 'Planted reader of classes',
    standpoint: 'blind',
    known: 0,
    rows: labels!.original.length,
    metrics: [
      { name: 'labels', value: 1, interval: [1, 1], chance: 1 / labels!.classes },
      { name: 'rank1', value: 0.4, interval: [0.3, 0.5], chance: 0.01 },
      { name: 'rank5', value: 0.0003, interval: [0, 0.001], chance: 0.05 },
    ],
    notes: [],
    seconds: 0,
  }),
}

const greedy: Attack = { ...linearInversion, name: 'greedy', title: 'Needs many rows', fewest: 1000 }
const elsewhere: Attack = { ...guesser, name: 'elsewhere', title: 'For pictures only', applies: () => false }

export const plantedAttacks: readonly Attack[] = [linearInversion, guesser, reader, greedy, elsewhere]

/** A table of correlated columns, its key and its protected file in a folder of their own. */
export async function nastyTable({ layers = 2, rows = 150 } = {}): Promise<{
  readonly folder: string
  readonly original: string
  readonly protectedPath: string
  readonly key: Key
  remove(): void
}> {
  const folder = mkdtempSync(join(tmpdir(), 'frostglass-report-'))
  const original = join(folder, 'table.csv')
  const protectedPath = join(folder, 'protected.csv')
  const random = seededStream(5, 'nasty table')
  const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`
  const lines = Array.from({ length: rows }, (_, r) => {
    const base = random.normal()
    return [...nastyNames.map((_, j) => 10 ** j * (base + random.normal())), `class ${r % 3}`].join(',')
  })
  writeFileSync(original, `${[[...nastyNames, 'y'].map(quoted).join(','), ...lines].join('\n')}\n`)
  const source = await openTable(original, { label: 'y' })
  const { key } = await createKey(source, {
    layers,
    secret: new Uint8Array(32).fill(9),
    created: new Date(0),
  })
  source.close()
  await protectTable(original, key, protectedPath)
  return {
    folder,
    original,
    protectedPath,
    key,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** The audit of that table. */
export async function nastyReport({
  layers = 2,
  ...options
}: { layers?: number | undefined } & Partial<AuditOptions> = {}): Promise<LeakReport> {
  const table = await nastyTable({ layers })
  try {
    return await auditTable(table.protectedPath, table.original, table.key, {
      attacks: plantedAttacks,
      known: 20,
      effort: 'quick',
      seed: 1,
      ...options,
    })
  } finally {
    table.remove()
  }
}
