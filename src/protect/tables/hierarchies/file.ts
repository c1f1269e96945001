// Hierarchies as files: a line a value, first the value, then its label at each level; no header.
// Source: ARX's hierarchy files (deidentifier.org; `adult_hierarchy_age.csv`), RFC 4180 for quotes.
// It does not guess an encoding: it takes the text.

import { endOfRecord, joinRecord, splitRecord } from '../../../data/csvRecord.ts'
import { FrostglassError, printable } from '../../../errors.ts'
import type { Hierarchy } from '../hierarchy.ts'
import { createHierarchy } from './tree.ts'

/** Separators, the likeliest first. */
const separators = [';', ',', '\t', '|'] as const

interface FileRecord {
  readonly line: number
  readonly text: string
}

/** Records and the line that each begins in. */
function recordsOf(text: string, what: string): readonly FileRecord[] {
  const records: FileRecord[] = []
  let rest = text.startsWith('\uFEFF') ? text.slice(1) : text
  for (let line = 1; rest !== ''; ) {
    const end = endOfRecord(rest)
    const record = end < 0 ? rest : rest.slice(0, end)
    if (end < 0 && record.split('"').length % 2 === 0)
      throw new FrostglassError(
        'input',
        `${what}: a quote in line ${line} has no end`,
        'Close it, or double a quote that is part of a value.',
      )
    records.push({ line, text: record })
    line += record.split(/\r\n|\r|\n/).length
    if (end < 0) break
    rest = rest.slice(end + (rest.startsWith('\r\n', end) ? 2 : 1))
  }
  while (records.at(-1)?.text.trim() === '') records.pop()
  return records
}

/**
 * The hierarchy that a text in ARX's form says. The separator is the first of `;` `,` tab `|` that the first line has, unless it is stated.
 * @param what whose it is, as errors say it: `the hierarchy of age`
 * @param options.read what turns a value's text into the value that the table has; lines that then say the same count once
 * @throws FrostglassError `input` for an empty text, lines of several lengths, a value that comes twice, labels that make no tree
 */
export function readHierarchy(
  text: string,
  what: string,
  {
    separator,
    read = (value) => value,
  }: {
    readonly separator?: string | undefined
    readonly read?: ((value: string) => string) | undefined
  } = {},
): Hierarchy {
  const records = recordsOf(text, what)
  const first = records[0]
  if (first === undefined)
    throw new FrostglassError(
      'input',
      `${what} is empty`,
      'Write a line a value: the value, then a label a level.',
    )
  const between = separator ?? separators.find((one) => splitRecord(first.text, one).length > 1) ?? ';'
  const cells = records.map((record) => splitRecord(record.text, between))
  const fields = cells[0]!.length
  cells.forEach((found, row) => {
    const { line, text: said } = records[row]!
    if (said === '' && fields === 1)
      throw new FrostglassError(
        'input',
        `${what}: line ${line} is empty`,
        'Take it out, or write "" for a missing cell.',
      )
    if (found.length !== fields)
      throw new FrostglassError(
        'input',
        `${what}: line ${line}, ${said === '' ? 'which is empty' : `of the value "${printable(found[0]!)}"`}, has ` +
          `${found.length} fields and line ${first.line} has ${fields} (separator ${between === '\t' ? 'tab' : between})`,
        'Give each value as many labels, or state the separator.',
      )
  })
  const leaves = cells.map((found, row) => ({ value: read(found[0]!), labels: found.slice(1), row }))
  const known = new Map<string, { readonly said: string; readonly labels: string }>()
  // NA and an empty field are one value: a file that has a line for each says the same twice.
  const once = leaves.filter(({ value, labels: [...all], row }) => {
    const here = { said: cells[row]![0]!, labels: JSON.stringify(all) }
    const before = known.get(value)
    if (!before) known.set(value, here)
    return !(before && before.said !== here.said && before.labels === here.labels)
  })
  return createHierarchy(
    once.map(({ value }) => value),
    Array.from({ length: fields - 1 }, (_, level) => once.map(({ labels }) => labels[level]!)),
    what,
    (leaf) => `line ${records[once[leaf]!.row]!.line}`,
  )
}

/** A hierarchy in ARX's form, separated by `;`: {@link readHierarchy} of it is equal. */
export function writeHierarchy({ leaves, levels }: Hierarchy): string {
  const lines = leaves.map((_, leaf) => levels.map(({ labels, groupOf }) => labels[groupOf[leaf]!]!))
  const quote = (text: string) => `"${text.replaceAll('"', '""')}"`
  return lines
    .map((cells, row) => {
      // A field alone shows no separator, and a mark at the head of a file would be taken for its byte order's.
      if (levels.length === 1) return `${quote(cells[0]!)}\n`
      if (row === 0 && cells[0]!.startsWith('\uFEFF'))
        return `${quote(cells[0]!)};${joinRecord(cells.slice(1), ';')}\n`
      return `${joinRecord(cells, ';')}\n`
    })
    .join('')
}
