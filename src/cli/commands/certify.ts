// frostglass certify issue | check | drift: what released codes tell of a hidden attribute, at most.
// Source: src/protect/certified/PROOF.md.
// No logic of its own: src/protect/certified has the theorems and the file.

import { z } from 'zod'
import { sha256File, writeFileAtomic } from '../../data/files.ts'
import { FrostglassError } from '../../errors.ts'
import { readJsonFile, readJsonText } from '../../json.ts'
import {
  type Certificate,
  certificateText,
  checkCertificate,
  requireSources,
} from '../../protect/certified/certificate.ts'
import { driftOf } from '../../protect/certified/drift.ts'
import { issueFromRecords } from '../../protect/certified/issueFromRecords.ts'
import { countLiveCodes, readCodes, readColumn } from '../../protect/certified/readCodes.ts'
import { likeNames } from '../../protect/certified/unitList.ts'
import { percent, percentAtMost, scientific } from '../../statistics/figures.ts'
import { type ForceOption, type JsonOption, type ReadingOptions, readingOptions } from '../options.ts'
import { print, warn } from '../output.ts'
import { requireDistinct, requireFree } from '../outputPath.ts'
import { table } from '../textTable.ts'

interface FilesOptions {
  readonly pane?: string | undefined
  readonly codebook?: string | undefined
  readonly channel?: string | undefined
}

export interface IssueOptions extends FilesOptions, JsonOption, ForceOption, Omit<ReadingOptions, 'missing'> {
  readonly hide: string
  readonly unit: string
  readonly out: string
  readonly code: string
  readonly label?: string | undefined
  readonly shared?: boolean | undefined
  readonly stratified?: boolean | undefined
  readonly delta: number
  readonly candidates: number
  readonly attributes: number
  readonly policy?: number | undefined
  readonly accuracy?: number | undefined
  readonly learnedFrom?: string | undefined
  readonly releases?: number | undefined
  readonly person?: string | undefined
}

/** What `frostglass certify issue` does. */
export async function issue(path: string, options: IssueOptions, signal: AbortSignal): Promise<void> {
  const {
    out,
    hide,
    unit,
    code,
    label,
    learnedFrom,
    releases,
    person,
    policy,
    accuracy,
    force = false,
    json,
  } = options
  await requireDistinct(out, [path, learnedFrom, options.channel, options.pane, options.codebook])
  await requireFree(out, force)
  if (person !== undefined && releases === undefined)
    throw new FrostglassError(
      'usage',
      '--person says whose releases add up, and --releases is not there',
      'Give both.',
    )
  if (releases !== undefined && person === undefined && !options.shared)
    throw new FrostglassError(
      'usage',
      '--releases wants to know what is independent',
      'Name the --person whose rows are independent of each other, or give --shared with sessions as units.',
    )
  if (accuracy !== undefined && policy === undefined)
    throw new FrostglassError(
      'usage',
      '--accuracy is about a policy, and none is given',
      'Give --policy, too.',
    )
  const reading = { ...readingOptions(options), signal }
  const columns = { code, attribute: hide, label, unit: unit === 'row' ? undefined : unit }
  const channel = options.channel === undefined ? undefined : await readChannel(options.channel)
  const codebook = options.codebook === undefined ? undefined : await readCodebook(options.codebook)
  const records = await readCodes(path, columns, reading)
  const learned =
    learnedFrom === undefined
      ? undefined
      : await readCodes(learnedFrom, { ...columns, row: 'learned row' }, reading)
  const alike = likeNames([...records, ...(learned ?? [])].map(({ unit }) => unit))
  if (alike)
    warn(json, [
      `'${alike[0]}' and '${alike[1]}' are two units of ${unit} here: if they are one, count it once, and learn nothing from it`,
    ])
  const certificate = issueFromRecords(records, {
    attribute: hide,
    unit,
    delta: options.delta,
    candidates: options.candidates,
    attributesCertified: options.attributes,
    sampling: options.stratified ? 'stratified' : 'iid',
    channel,
    // Codes that no unit has are codes, too: in use they may come.
    codes: codebook?.codes.length ?? channel?.length,
    policy: policy === undefined ? undefined : { limit: policy, accuracy },
    share: options.shared,
    labelled: label !== undefined,
    learned,
    releases:
      releases === undefined
        ? undefined
        : {
            most: releases,
            of: person ?? unit,
            persons: person === undefined ? undefined : await readColumn(path, code, person, reading),
          },
    sources: { ...(await checksums(options)), madeFrom: codebook?.madeFrom ?? {} },
  })
  await writeFileAtomic(out, certificateText(certificate), { mode: 0o644, force })
  report(certificate, json, { out }, `wrote ${out}`)
}

export interface CheckOptions extends FilesOptions, JsonOption {}

/** What `frostglass certify check` does. */
export async function check(path: string, { json, ...files }: CheckOptions): Promise<void> {
  const certificate = await readCertificate(path)
  const held = await checksums(files)
  requireSources(certificate, held)
  const names = Object.keys(held)
  report(
    certificate,
    json,
    { certificate: path },
    `${path} was computed again: every number follows from its tables${names.length === 0 ? '' : `, and ${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} what it is of`}`,
  )
}

export interface DriftOptions extends JsonOption, Omit<ReadingOptions, 'missing'> {
  readonly code: string
}

/** What `frostglass certify drift` does. */
export async function drift(
  path: string,
  codes: string,
  { code, json, ...reading }: DriftOptions,
  signal: AbortSignal,
): Promise<void> {
  const certificate = await readCertificate(path)
  const live = await countLiveCodes(codes, code, { ...readingOptions(reading), signal })
  const found = driftOf(certificate, live)
  print(
    json,
    found,
    () =>
      `${found.words}\nchi-square ${found.statistic.toFixed(1)} on ${found.cells - 1} degrees, p = ${scientific(found.p, 2)}; ${found.live} codes against ${found.calibration} units`,
  )
  if (found.drifted)
    throw new FrostglassError(
      'policy',
      `${codes} is not of the law that ${path} is about`,
      'Take the certificate for spent: certify on units of today before more is released.',
    )
}

const readCertificate = async (path: string): Promise<Certificate> =>
  checkCertificate(
    await readJsonText(path, {
      what: 'the certificate',
      hint: 'Give a file that `frostglass certify issue` wrote.',
    }),
    path,
  )

const readChannel = async (path: string): Promise<number[][]> =>
  (
    await readJsonFile(path, z.object({ channel: z.array(z.array(z.number())) }), {
      what: 'the channel',
      hint: 'Give JSON with the law over outputs of each code: {"channel": [[1, 0], [0.2, 0.8]]}.',
    })
  ).channel

const codebookSchema = z.object({
  codes: z.array(z.unknown()).min(1),
  madeFrom: z.record(z.string(), z.string()),
})
const readCodebook = (path: string) =>
  readJsonFile(path, codebookSchema, {
    what: 'the codebook',
    hint: 'Give the codebook that the pane was written with.',
  })

async function checksums(files: FilesOptions): Promise<Partial<Record<keyof FilesOptions, string>>> {
  const sums = (['pane', 'codebook', 'channel'] as const).flatMap((name) =>
    files[name] === undefined ? [] : [[name, files[name]] as const],
  )
  return Object.fromEntries(
    await Promise.all(sums.map(async ([name, path]) => [name, await sha256File(path)])),
  )
}

/** In hundredths of a percent. */
const upwards = (value: number): string => percentAtMost(value, 2)

/** @param end what is said last */
function report(
  certificate: Certificate,
  json: boolean | undefined,
  file: Record<string, string>,
  end: string,
): void {
  const { statement, result, bundleLimits } = certificate
  const { floor, gain, codes, warnings } = result
  warn(json, warnings)
  print(json, { ...file, attribute: statement.attribute, ...result, bundleLimits }, () => {
    const rows: (readonly [string, string, string])[] = [
      ['one release', percent(result.estimate, 2), upwards(result.upper)],
      ['guessing blindly', percent(result.blind, 2), ''],
    ]
    if (floor) {
      rows.push(['the true label alone (floor)', percent(floor.estimate, 2), ''])
      rows.push([
        'release and true label',
        percent(floor.labelKnown.estimate, 2),
        upwards(floor.labelKnown.upper),
      ])
      rows.push([
        'of that, more than the label',
        percent(floor.excess.estimate, 2),
        floor.excess.upper === null ? '' : upwards(floor.excess.upper),
      ])
    }
    for (const { k, estimate, upper } of bundleLimits ?? [])
      if (k > 1)
        rows.push([`${k} releases of one ${statement.bundles?.of}`, percent(estimate, 2), upwards(upper)])
    if (gain)
      rows.push([
        'gain under any prior, a factor',
        gain.estimate.toFixed(3),
        (Math.ceil(gain.upper * 1e3) / 1e3).toFixed(3),
      ])
    return [
      `${statement.attribute}: ${result.verdict.words}`,
      table([`guesses of ${statement.attribute} that are right`, 'in the table', 'at most'], rows),
      `${result.units} units (${result.unit}), ${codes.each.length} codes; each limit is wrong with a chance of ${scientific(result.deltaEach, 2)} (theorem ${result.theorem})`,
      `largest posterior of a code ${percent(codes.largestPosterior, 1)}; ${percent(codes.exposed.share, 1)} of units in codes above ${percent(codes.exposed.above, 0)}; codes with fewer than 50 units: ${codes.thin.length}`,
      end,
    ].join('\n')
  })
}
