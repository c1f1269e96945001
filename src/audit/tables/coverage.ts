// Which attack covers which adversary and which part of what leaves: a table made from what the attacks declare.
// Source: attack.ts, `reads` and `holds`. Its empty fields are what nobody has tried here, and are shown as such.
// A field that is not empty says that something was tried, not that it was tried well.

import { type Holding, holdings, type Standpoint } from '../finding.ts'
import { type Attack, type ReleasedPart, releasedParts } from './attack.ts'

/** One kind of adversary, and what is tried on its behalf. JSON. */
export interface Covered {
  readonly standpoint: Standpoint
  /** What it holds besides what left. */
  readonly holds: readonly Holding[]
  /** Names of the attacks that need just this, for each of `releasedParts`; an attack that reads two is in both. */
  readonly attacks: readonly (readonly string[])[]
}

const standpoints: readonly Standpoint[] = ['blind', 'leak', 'outsider', 'server']

/** Adversaries that are listed whether or not an attack is theirs: what one may hold, alone and beside known rows. */
const listed: readonly Pick<Covered, 'standpoint' | 'holds'>[] = [
  { standpoint: 'blind', holds: [] },
  ...holdings
    .filter((holding) => holding !== 'pairs')
    .map((holding) => ({ standpoint: 'blind' as const, holds: [holding] })),
  { standpoint: 'leak', holds: ['pairs'] },
  ...holdings
    .filter((holding) => holding !== 'pairs')
    .map((holding) => ({ standpoint: 'leak' as const, holds: ['pairs', holding] as const })),
  { standpoint: 'outsider', holds: [] },
  { standpoint: 'server', holds: [] },
]

/** What attacks on tables cover, empty fields included. */
export function coverageOf(
  attacks: readonly Pick<Attack, 'name' | 'standpoint' | 'reads' | 'holds'>[],
): Covered[] {
  const rows = new Map<string, Covered>()
  for (const { standpoint, holds } of [...listed, ...attacks]) {
    const sorted = holdings.filter((holding) => holds.includes(holding))
    const isOfRow = (attack: (typeof attacks)[number]) =>
      attack.standpoint === standpoint &&
      attack.holds.length === sorted.length &&
      sorted.every((holding) => attack.holds.includes(holding))
    rows.set(`${standpoint} ${sorted.join(' ')}`, {
      standpoint,
      holds: sorted,
      attacks: releasedParts.map((part) =>
        attacks.filter((attack) => isOfRow(attack) && attack.reads.includes(part)).map(({ name }) => name),
      ),
    })
  }
  const rank = ({ standpoint, holds }: Covered) =>
    standpoints.indexOf(standpoint) * 100 +
    holds.length * 10 +
    holds.reduce((sum, holding) => sum + holdings.indexOf(holding), 0)
  return [...rows.values()].sort((a, b) => rank(a) - rank(b))
}

const held: Readonly<Record<Holding, string>> = {
  pairs: 'known rows',
  people: 'raw rows of half of the people',
  strangers: 'raw rows of other people',
  distributions: 'public distributions',
  ranks: 'who is above whom, of some rows',
}

const nothing: Readonly<Record<Standpoint, string>> = {
  blind: 'nothing else',
  leak: 'nothing else',
  outsider: 'the public obfuscator, data of its own',
  server: 'the public obfuscator, the training data',
  participant: 'rows of its own',
}

const parts: Readonly<Record<ReleasedPart, string>> = {
  columns: 'protected columns',
  classes: 'hidden classes',
  target: 'hidden number',
  order: 'order of the rows',
  manifest: 'manifest',
}

/** A part of what leaves, in words. */
export function partWords(part: ReleasedPart): string {
  return parts[part]
}

/** What an adversary holds besides what left, in words. */
export function holdingWords({ standpoint, holds }: Pick<Covered, 'standpoint' | 'holds'>): string {
  return holds.length === 0 ? nothing[standpoint] : holds.map((holding) => held[holding]).join(', ')
}

/** The table as Markdown, for docs/reference/attacks-on-tables.md. */
export function coverageMarkdown(attacks: Parameters<typeof coverageOf>[0]): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const lines = coverageOf(attacks).map((covered) =>
    row([
      `\`${covered.standpoint}\``,
      holdingWords(covered),
      ...covered.attacks.map((names) => names.map((name) => `\`${name}\``).join(', ') || '–'),
    ]),
  )
  const heads = ['standpoint', 'besides what left', ...releasedParts.map(partWords)]
  return [row(heads), row(heads.map(() => '---')), ...lines].join('\n')
}
