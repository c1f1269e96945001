// frostglass obfuscate train --kind code: a pane that releases one of few codes, with its certificate.

import { rm } from 'node:fs/promises'
import { tableFormats } from '../../data/formats.ts'
import { openImages } from '../../data/index.ts'
import { FrostglassError } from '../../errors.ts'
import { requireFreeCodeFolder, writeCodeBundle } from '../../protect/certified/codeBundle.ts'
import { type CodeSource, imageSource, tableSource } from '../../protect/certified/codeSources.ts'
import { type CertifiedCodePane, createCodePane } from '../../protect/certified/createCodePane.ts'
import type { Shares } from '../../protect/certified/splitUnits.ts'
import { percent, scientific } from '../../statistics/figures.ts'
import { type JsonOption, type ReadingOptions, readingOptions } from '../options.ts'
import { counted, print, warn } from '../output.ts'
import { requireDistinct } from '../outputPath.ts'
import { table } from '../textTable.ts'
import { type ImageOptions, withBar } from './obfuscateOptions.ts'

export interface CodeCommandOptions extends ImageOptions, ReadingOptions, JsonOption {
  readonly hide?: string[] | undefined
  readonly label?: string | undefined
  readonly unit?: string | undefined
  readonly attributes?: string | undefined
  readonly codes?: number | undefined
  readonly beta: number
  readonly lambda: number
  readonly penalty: 'kernel' | 'codes'
  readonly shares?: Shares | undefined
  readonly delta: number
  readonly candidates: number
  readonly releases?: number | undefined
  readonly policy?: number | undefined
  readonly accuracy?: number | undefined
  readonly test?: string | undefined
  readonly epochs?: number | undefined
  readonly batch?: number | undefined
  readonly learningRate?: number | undefined
  readonly seed: number
  readonly checkpoint?: string | undefined
  readonly out: string
  readonly force?: boolean | undefined
}

/** What `frostglass obfuscate train --kind code` does. */
export async function trainCode(options: CodeCommandOptions, signal: AbortSignal): Promise<void> {
  const { out, data, test, json, checkpoint, force = false } = options
  await requireDistinct(out, [data, test, options.attributes, checkpoint])
  await requireFreeCodeFolder(out, force)
  const source = await sourceOf(options, data, test === undefined ? 'all' : 'train', signal)
  const attacked = test === undefined ? undefined : await sourceOf(options, test, 'test', signal)
  warn(json, source.warnings)
  const { epochs, batch, learningRate, seed, codes, beta, lambda, penalty, shares, delta, candidates } =
    options
  const made = await withBar('training', json, (onProgress) =>
    createCodePane(source, {
      ...{ epochs, batch, learningRate, seed, codes, beta, lambda, penalty, shares, delta, candidates },
      policy: options.policy,
      releases: options.releases,
      accuracy: options.accuracy,
      test: attacked,
      checkpoint,
      signal,
      onProgress,
    }),
  )
  const manifest = await writeCodeBundle(out, made.files, made.split, { force, signal })
  if (checkpoint !== undefined) await rm(checkpoint, { force: true })
  await made.pane.close()
  const said = made.certificates.flatMap(({ certificate }) => certificate.result.warnings)
  warn(json, said)
  const warnings = [...source.warnings, ...said]
  print(json, { out, ...resultOf(made), manifest, warnings }, () => summary(made, options))
}

/** What a code pane's data are read by. */
type SourceOptions = Partial<ReadingOptions> &
  Pick<CodeCommandOptions, 'hide' | 'label' | 'unit' | 'limit' | 'size' | 'attributes' | 'test'>

/** Opens images or a table as what a code pane is made of. @throws FrostglassError as these do, `usage` for what is not named */
export async function sourceOf(
  options: SourceOptions,
  spec: string,
  split: 'train' | 'test' | 'all',
  signal: AbortSignal,
): Promise<CodeSource> {
  const { hide = [], label, unit, limit, size, attributes } = options
  if (hide.length === 0)
    throw new FrostglassError(
      'usage',
      'nothing is said to be hidden, so there is nothing to certify',
      'Name it: --hide slant, or a column of the table.',
    )
  const names = { hide: [...new Set(hide)], label, unit }
  if (unit !== undefined && hide.includes(unit))
    throw new FrostglassError(
      'usage',
      `'${unit}' is to be hidden, and says whose a row is as well`,
      'Name another column as --unit, or leave it out where every row is one of its own.',
    )
  if (!isTable(spec)) {
    const channels = hide.includes('colour')
      ? 3
      : hide.some((name) => /^(slant|thickness)$/.test(name))
        ? 1
        : undefined
    return imageSource(await openImages(spec, { split, signal, limit, size, channels, attributes }), names)
  }
  if (label === undefined)
    throw new FrostglassError(
      'usage',
      `${spec}: which column the service asks is not said`,
      'Name it with --label.',
    )
  if (split === 'test' || options.test !== undefined)
    throw new FrostglassError(
      'unsupported',
      'a table is attacked on units of its own, held out by the split',
      'Leave out --test.',
    )
  return tableSource(spec, { ...names, label }, { ...readingOptions(options), signal })
}

const isTable = (spec: string): boolean =>
  new RegExp(`\\.(${tableFormats.join('|')}|data|test|ndjson)(\\.gz)?$`, 'i').test(spec)

function resultOf({ pane, prices, certificates, accuracy, channel, fixed }: CertifiedCodePane) {
  return {
    codes: pane.codes,
    outputs: channel?.outputs.length ?? pane.codes,
    bytes: pane.onnx.length,
    pane: fixed.pane,
    codebook: fixed.codebook,
    accuracy,
    channel: channel && { accuracy: channel.accuracy, success: channel.success },
    certificates: certificates.map(({ attribute, certificate, attack }) => ({
      attribute,
      ...certificate.result,
      bundleLimits: certificate.bundleLimits,
      attack,
    })),
    prices,
  }
}

function summary(made: CertifiedCodePane, { out, codes }: CodeCommandOptions): string {
  const { pane, prices, certificates, accuracy, channel, split } = made
  const asked =
    codes !== undefined && codes > pane.codes
      ? ` (of ${codes} asked: the others would have had fewer than 50 units)`
      : ''
  // The tables that a channel is solved from may look better than what comes: say both.
  const wanted = channel ? ` (${percent(channel.accuracy, 2)} by training and validation rows)` : ''
  const [first] = certificates as [(typeof certificates)[number]]
  const { units, deltaEach, theorem } = first.certificate.result
  const names = certificates.map(({ attribute }) => attribute)
  const share = (value: number | null | undefined) => (value == null ? '–' : percent(value, 2))
  return [
    `${counted(pane.codes, 'code')}${asked}${channel ? `, released at random as one of ${channel.outputs.length}` : ''}; the label is right in ${share(accuracy)} of attacked rows${wanted}`,
    table(
      ['hidden', 'verdict', 'blind', 'floor', 'attack', 'at most'],
      certificates.map(({ attribute, certificate: { result }, attack }) => [
        attribute,
        result.verdict.kind,
        share(result.blind),
        share(result.floor?.estimate),
        share(attack?.success),
        upwards(result.upper),
      ]),
    ),
    `certified on ${counted(units, split.unit)}, each limit wrong with a chance of ${scientific(deltaEach, 2)} (theorem ${theorem}); of one release, and of ${names.join(', ')} alone`,
    ...severalOf(certificates),
    '',
    `the price of more codes, estimated by training and validation rows (where these are few, it looks better than it is${names.length > 1 ? `; an attacker names ${names.join(' and ')} together` : ''}):`,
    table(
      ['codes', 'of the label’s information', 'label right', 'attacker right'],
      prices.map((price) => [
        String(price.codes),
        percent(price.information, 1),
        percent(price.accuracy, 1),
        percent(price.success, 1),
      ]),
    ),
    '',
    `wrote ${out} (${Object.keys(made.files).join(', ')}, manifest.json)`,
  ].join('\n')
}

/** What several releases of one unit tell, at most. */
function severalOf(certificates: CertifiedCodePane['certificates']): string[] {
  const limits = certificates.flatMap(({ attribute, certificate: { bundleLimits = [] } }) =>
    bundleLimits.map(({ k, upper }) => [attribute, String(k), upwards(upper)]),
  )
  return limits.length === 0
    ? []
    : ['', 'several releases of one unit together:', table(['hidden', 'releases', 'at most'], limits)]
}

/** So that what is printed holds as well. */
const upwards = (value: number): string => `${(Math.ceil(value * 1e4) / 100).toFixed(2)}%`
