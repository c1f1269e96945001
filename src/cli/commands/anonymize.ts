// frostglass anonymize: a table that may be published, its manifest, and, if asked, a report on what it gives away.
// Source: docs/how-to/anonymize-a-table.md; src/protect/tables/publication does the work, src/audit/published the attacks.
// No logic of its own, and no value of the table in what it prints.

import { basename } from 'node:path'
import type { Policy, PublishedLeakReport } from '../../audit/index.ts'
import { shareText } from '../../audit/words.ts'
import { readTextColumns } from '../../data/index.ts'
import { writtenKind } from '../../data/writer.ts'
import { printable } from '../../errors.ts'
import { readHierarchyOption } from '../../protect/tables/hierarchies/specification.ts'
import {
  type Anonymized,
  type AnonymizeRequest,
  anonymizeTable,
} from '../../protect/tables/publication/anonymizeTable.ts'
import {
  coversOf,
  type PublicationManifest,
  publicationPathOf,
} from '../../protect/tables/publication/manifest.ts'
import type { Method } from '../../protect/tables/publication/methods.ts'
import type { Aggregate } from '../../protect/tables/quality/aggregate.ts'
import {
  type ForceOption,
  type JsonOption,
  type ReadingOptions,
  readingOptions,
  required,
} from '../options.ts'
import { counted, print, warn } from '../output.ts'
import { requireDistinct, requireFree } from '../outputPath.ts'
import { progress } from '../progress.ts'
import { table } from '../textTable.ts'
import { requireHeld, rulesTable, untestedText, verdictText } from './auditVerdict.ts'

export interface AnonymizeCommandOptions extends Partial<ReadingOptions>, ForceOption, JsonOption {
  readonly quasi?: readonly string[] | undefined
  readonly sensitive?: readonly string[] | undefined
  readonly keep?: readonly string[] | undefined
  readonly k?: number | undefined
  readonly l?: number | undefined
  readonly t?: number | undefined
  readonly model?: readonly string[] | undefined
  readonly public?: string | undefined
  readonly suppress?: number | undefined
  readonly hierarchies?: string | undefined
  readonly hierarchy?: readonly string[] | undefined
  readonly method?: Method | undefined
  readonly relaxed?: boolean | undefined
  readonly time?: number | undefined
  readonly quality?: string | undefined
  readonly balance?: number | undefined
  readonly aggregate?: Aggregate | undefined
  readonly weights?: Readonly<Record<string, number>> | undefined
  readonly out?: string | undefined
  readonly report?: string | undefined
  readonly policy?: string | undefined
  readonly seed: number
}

/** What `frostglass anonymize` does. @throws FrostglassError `usage`, `input`, `io`, `aborted`; `policy` unless the report's policy holds */
export async function anonymize(
  path: string,
  options: AnonymizeCommandOptions,
  signal: AbortSignal,
): Promise<void> {
  const { json, force = false, report: page, policy: policyPath } = options
  const request = requestOf(options)
  const out = required(options.out, '--out <file>', 'anonymize')
  const inputs = [path, options.public, policyPath, ...filesOf(request)]
  writtenKind(out)
  for (const file of [out, publicationPathOf(out)]) {
    await requireDistinct(file, inputs)
    await requireFree(file, force)
  }
  if (page !== undefined)
    await (await import('../reportPath.ts')).requireReport(
      page,
      [...inputs, out, publicationPathOf(out)],
      force,
    )
  const policy = policyPath === undefined ? undefined : await policyIn(policyPath)
  const { missing: _, ...reading } = readingOptions(options)
  const bar = progress('searching', json)
  let done: Anonymized
  try {
    done = await anonymizeTable(path, request, out, { reading, force, signal, onProgress: bar.update })
  } finally {
    bar.stop()
  }
  const warnings = [...done.warnings, ...(await identifierWarnings(done, request))]
  warn(json, warnings)
  const report = page === undefined ? undefined : await audited(done, out, page, policy, options, signal)
  print(json, { out, manifest: done.manifest, report, warnings }, () => summary(done, out, report, page))
  if (report) requireHeld(report, page)
}

function requestOf(options: AnonymizeCommandOptions): AnonymizeRequest {
  const { k, l, t, quality, balance, aggregate } = options
  return {
    quasi: required(options.quasi, '--quasi <names>', 'anonymize'),
    sensitive: options.sensitive,
    keep: options.keep,
    hierarchies: options.hierarchy,
    folder: options.hierarchies,
    weights: options.weights,
    models: [
      ...(k === undefined ? [] : [`k-anonymity:k=${k}`]),
      ...(l === undefined ? [] : [`distinct-l-diversity:l=${l}`]),
      ...(t === undefined ? [] : [`t-closeness:t=${t}`]),
      ...(options.model ?? []),
    ],
    quality:
      quality === undefined && balance === undefined && aggregate === undefined
        ? undefined
        : { name: quality ?? 'loss', balance, aggregate },
    suppression: options.suppress,
    method: options.method,
    relaxed: options.relaxed,
    seconds: options.time,
    list: options.public,
  }
}

/** Files of hierarchies that are named. */
const filesOf = ({ hierarchies = [] }: AnonymizeRequest): readonly string[] =>
  hierarchies.flatMap((said) => {
    const { rule } = readHierarchyOption(said)
    return rule.kind === 'file' ? [rule.path] : []
  })

/** Columns that leave as they are and look like what names people. */
async function identifierWarnings(
  { evidence: { original } }: Anonymized,
  { keep = [], sensitive = [] }: AnonymizeRequest,
): Promise<readonly string[]> {
  const leaving = [...keep, ...sensitive]
  if (leaving.length === 0) return []
  const { findIdentifiers, freeTextLetter } = await import('../../audit/published/risk/identifiers.ts')
  const { rows, columns } = original
  return findIdentifiers({ rows, columns: columns.filter(({ name }) => leaving.includes(name)) }).map(
    ({ column, letter, title }) =>
      letter === freeTextLetter
        ? `${printable(column)} leaves as it is, and is free text: read it, or leave it out`
        : `${printable(column)} leaves as it is, and looks like what identifies people: ${title}`,
  )
}

// The attacks take a second to load, and most that is published is audited once.
async function policyIn(path: string): Promise<Policy> {
  const { publishedAttacks } = await import('../../audit/published/attacks.ts')
  const { readPolicyFile } = await import('./policyFile.ts')
  return readPolicyFile(path, publishedAttacks)
}

/** Attacks what was written, and writes the report. */
async function audited(
  { evidence, lattice, manifest }: Anonymized,
  out: string,
  page: string,
  policy: Policy | undefined,
  options: AnonymizeCommandOptions,
  signal: AbortSignal,
): Promise<PublishedLeakReport> {
  const { decimalComma, seed, force = false, json } = options
  // Not all of the audit: attacks on images and models take as long to load as these to run.
  const { auditPublished } = await import('../../audit/published/auditPublished.ts')
  const { latticeFacts } = await import('../../audit/published/lattice.ts')
  const { writePublishedReport } = await import('../../audit/report/write.ts')
  const bar = progress('attacking', json)
  try {
    // What is missing is empty there: a label such as NA is none.
    const published = await readTextColumns(out, { nullText: [], decimalComma, signal })
    const report = await auditPublished(
      { ...evidence, published },
      {
        name: basename(out),
        policy,
        seed,
        lattice: lattice && latticeFacts(lattice.node, lattice.heights),
        covers: coversOf(manifest),
        signal,
        onProgress: bar.update,
      },
    )
    await writePublishedReport(report, page, { force, published: out })
    return report
  } finally {
    bar.stop()
  }
}

function summary(
  { manifest: { rows, suppressed, models, classes, sizes, quasi, quality, node }, lattice }: Anonymized,
  out: string,
  report: PublishedLeakReport | undefined,
  page: string | undefined,
): string {
  const left = suppressed === 0 ? '' : `, ${counted(suppressed, 'row')} left out`
  const lost =
    quality && node && lattice
      ? [`${quality.says}: ${lattice.node.loss.map(figure).join(', ')}${proof(node)}`]
      : []
  return [
    `wrote ${out} (${counted(rows - suppressed, 'row')} of ${rows.toLocaleString('en')}${left}) and ${publicationPathOf(out)}`,
    `${models.map(({ says }) => printable(says)).join(', ')} in ${classes === 1 ? '1 class' : `${classes.toLocaleString('en')} classes`} of ${sizes[0]?.size ?? 0} to ${sizes.at(-1)?.size ?? 0} rows`,
    ...lost,
    '',
    table(
      ['quasi-identifier', 'level', 'a cell covers'],
      quasi.map(({ name, level, levels, loss }) => [
        printable(name),
        level === null ? '–' : `${level} of ${levels - 1}`,
        shareText(loss),
      ]),
    ),
    ...(suppressed === 0 ? [] : ['(a row that was left out covers all)']),
    ...(report
      ? [
          '',
          verdictText(report),
          '',
          rulesTable(report),
          ...untestedText(report),
          '',
          `wrote ${page} and its JSON`,
        ]
      : ['', 'what this gives away was not measured (--report report.html)']),
  ].join('\n')
}

const figure = (value: number) => String(Number(value.toPrecision(6)))

const proof = ({ optimal, nodes, checked }: NonNullable<PublicationManifest['node']>) =>
  optimal
    ? `, the least of ${counted(nodes, 'node')}`
    : `, the least that was found: ${checked.toLocaleString('en')} of ${counted(nodes, 'node')} were looked at`
