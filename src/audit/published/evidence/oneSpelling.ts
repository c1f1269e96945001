// Evidence under one spelling: every text of every table and hierarchy as the original spells it, before attacks compare texts.
// Source: spelling.ts. Attacks compare exact texts, and are given what has one.
// Labels of a hierarchy keep their own spelling: a group may be called as one of its values.

import type { CodedTable } from '../../../protect/tables/codedTable.ts'
import type { Hierarchy } from '../../../protect/tables/hierarchy.ts'
import type { PublishedEvidence } from '../contract.ts'
import { isSuppressed } from '../labels.ts'
import { oneSpelling, respelled, spelledLike } from './spelling.ts'

/** The same evidence, under one spelling. */
export function underOneSpelling(evidence: PublishedEvidence): PublishedEvidence {
  const own = new Map(evidence.original.columns.map((column) => [column.name, column]))
  const labels = new Map(
    Array.from(evidence.hierarchies ?? [], ([name, { levels }]) => [
      name,
      new Set(levels.slice(1).flatMap((level) => level.labels)),
    ]),
  )
  const meanings = new Map(
    evidence.published.columns.flatMap(({ name, values }) => {
      const original = own.get(name)
      if (!original) return []
      const known = new Set(original.values)
      const groups = labels.get(name) ?? new Set()
      const said = new Set(
        values.filter((value) => !known.has(value) && (groups.has(value) || isSuppressed(value))),
      )
      const meaning = new Map(oneSpelling(original.values, values, said))
      // What is no value may be a label of the hierarchy that was spelled anew.
      const rest = values.filter((value) => !known.has(value) && !meaning.has(value) && !said.has(value))
      for (const [text, label] of spelledLike([...groups], rest)) meaning.set(text, label)
      return [[name, meaning] as const]
    }),
  )
  const original = exchanged(evidence.original, (name) => meanings.get(name))
  const now = new Map(original.columns.map(({ name, values }) => [name, values]))
  const like = (name: string, texts: readonly string[]) => {
    const values = now.get(name)
    if (!values) return undefined
    const groups = labels.get(name) ?? new Set<string>()
    const rest = texts.filter((text) => !groups.has(text) && (text === '' || !isSuppressed(text)))
    const exact = new Map(rest.flatMap((text) => pair(text, meanings.get(name)?.get(text))))
    return new Map([...spelledLike(values, rest), ...exact])
  }
  const other = (table: CodedTable) =>
    exchanged(table, (name) => like(name, table.columns.find((column) => column.name === name)!.values))
  return {
    ...evidence,
    original,
    published: exchanged(evidence.published, (name) => meanings.get(name)),
    ...(evidence.list ? { list: other(evidence.list) } : {}),
    ...(evidence.previous ? { previous: other(evidence.previous) } : {}),
    ...(evidence.hierarchies
      ? {
          hierarchies: new Map(
            Array.from(evidence.hierarchies, ([name, hierarchy]) => [
              name,
              withLeaves(hierarchy, like(name, hierarchy.leaves)),
            ]),
          ),
        }
      : {}),
  }
}

const pair = (text: string, stands: string | undefined): [string, string][] =>
  stands === undefined ? [] : [[text, stands]]

function exchanged(
  table: CodedTable,
  meaningOf: (name: string) => ReadonlyMap<string, string> | undefined,
): CodedTable {
  return {
    rows: table.rows,
    columns: table.columns.map((column) => respelled(column, meaningOf(column.name) ?? new Map())),
  }
}

/** Leaves as the original spells them; labels stay. */
function withLeaves(hierarchy: Hierarchy, meaning: ReadonlyMap<string, string> | undefined): Hierarchy {
  if (!meaning || meaning.size === 0) return hierarchy
  return { ...hierarchy, leaves: hierarchy.leaves.map((leaf) => meaning.get(leaf) ?? leaf) }
}
