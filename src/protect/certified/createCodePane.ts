// The whole way from rows to a certified pane: split, cut, train, merge, solve a channel where it is asked for, open, certify.
// Source: PROOF.md. What comes out is files; nothing is written here.
// It makes one pane: who makes several and keeps the best says so, and each is certified at δ / m.

import { FrostglassError } from '../../errors.ts'
import type { Checkpoint } from '../../learn/index.ts'
import { percent } from '../../statistics/figures.ts'
import { sha256Of } from '../learned/classifier.ts'
import { digest, readCheckpointFile, type Settings, writeCheckpointFile } from '../learned/resumable.ts'
import { certificateText } from './certificate.ts'
import { alike, rowsCutBy } from './certifiedRows.ts'
import { type Channel, optimalChannel } from './channel.ts'
import { priceOf } from './chooseCodes.ts'
import type { CodeManifest } from './codeBundle.ts'
import { writeCodebook } from './codebook.ts'
import { writeCodePrices } from './codePrices.ts'
import { type CodeSource, joinedClasses } from './codeSources.ts'
import { recipeFor } from './codeTraining.ts'
import { type CodeData, type CodeFitOptions, type FittedCodePane, fitCodePane } from './fitCodePane.ts'
import { type FixedChannel, type IssuedPane, issueCodePane } from './issueCodePane.ts'
import { requireDelta } from './limits.ts'
import { defaultShares, type Shares, splitUnits, type UnitSplit } from './splitUnits.ts'

/** Options of {@link createCodePane}. */
export interface CodePaneOptions extends Omit<CodeFitOptions, 'resume' | 'onCheckpoint' | 'layers'> {
  readonly shares?: Shares | undefined
  /** How often each certificate may be wrong, in all; 0.001 by default. */
  readonly delta?: number | undefined
  /** How many panes are, or may yet be, tried on these data before one is kept; 1 by default. δ is shared among them. */
  readonly candidates?: number | undefined
  /** An attacker may be right this often at most, in 0 … 1. */
  readonly policy?: number | undefined
  /** How many rows of a unit may be released, each as a code: every number of them up to this is certified, too. */
  readonly releases?: number | undefined
  /** The accuracy that the service needs, in 0 … 1: below what the codes have, the rest is given for privacy, at random. */
  readonly accuracy?: number | undefined
  /** Rows to attack at the end, of the same kind; by default a part of the split. */
  readonly test?: CodeSource | undefined
  /** A file that keeps the state after every epoch: the same call goes on from it. */
  readonly checkpoint?: string | undefined
}

/** A pane that is certified. */
export interface CertifiedCodePane extends FittedCodePane, IssuedPane {
  readonly channel: Channel | undefined
  /** The files of its bundle, by name. */
  readonly files: Readonly<Record<string, Uint8Array>>
  readonly split: CodeManifest['split']
}

/** Fewer units than this certify nothing. */
const fewestUnits = 50

/**
 * Trains a pane and certifies it.
 * @throws FrostglassError `policy` where the policy is exceeded or infeasible, or the units are too few; `usage`, `input`, `shape`
 * as training does; `aborted`
 */
export async function createCodePane(
  source: CodeSource,
  options: CodePaneOptions = {},
): Promise<CertifiedCodePane> {
  const { delta = 1e-3, seed = 0, test, accuracy, policy } = options
  requireDelta(delta)
  const shares = { ...(options.shares ?? defaultShares), ...(test ? { attackTest: 0 } : {}) }
  const split = splitUnits(source.units, { shares, seed })
  requireCertifiable(source, split)
  const certified = rowsCutBy(source, split.train.rows)
  const { x, columns } = source.inputs(split.train.rows)
  const rows = certified(source, x)
  const attribute = joinedClasses(Object.values(rows.attributes))
  const data: CodeData = { name: source.name, x, columns, label: source.label, attribute }
  const checkpoint = await checkpointing(data, split, { ...options, seed })
  const codes = options.codes ?? codesFor(source.label.names.length, split, accuracy)
  const fitted = await fitCodePane(data, split, { ...options, ...checkpoint, seed, codes })
  const channel = accuracy === undefined ? undefined : await optimalChannel(fitted.codes, { accuracy })
  if (channel) requireGain(channel, fitted.codes)
  const channelFile = channel && channelBytes(channel)
  const issued = await issueCodePane(fitted, rows, split, {
    delta,
    candidates: options.candidates,
    releases: options.releases,
    unit: source.unit,
    policy: policy === undefined ? undefined : { limit: policy, accuracy },
    channel: channel && channelFile && fixedChannel(channel, channelFile),
    attacked: test && alike(rows, certified(test, test.inputs(new Int32Array()).x)),
    signal: options.signal,
  })
  const certificates = Object.fromEntries(
    issued.certificates.map(({ attribute, certificate }, i, { length }) => [
      length === 1 ? 'certificate.json' : `certificate-${i + 1}-${fileName(attribute)}.json`,
      bytesOf(certificateText(certificate)),
    ]),
  )
  const part = ({ units, sha256 }: { units: number; sha256: string }, count: number) => ({
    units,
    rows: count,
    sha256,
  })
  return {
    ...fitted,
    ...issued,
    channel,
    files: {
      'pane.onnx': fitted.pane.onnx,
      'codebook.json': writeCodebook(fitted.codebook),
      ...(channelFile ? { 'channel.json': channelFile } : {}),
      'prices.json': writeCodePrices(Object.keys(rows.attributes), fitted.prices),
      ...certificates,
    },
    split: {
      seed,
      shares: [shares.train, shares.validation, shares.calibration, shares.attackTest],
      unit: source.unit,
      train: part(split.train, split.train.rows.length),
      validation: part(split.validation, split.validation.rows.length),
      calibration: part(split.calibration, split.calibration.count),
      attackTest: part(split.attackTest, split.attackTest.rows.length),
    },
  }
}

/** Accuracy is given up for something, or not at all. */
function requireGain({ success, accuracy }: Channel, codes: FittedCodePane['codes']): void {
  const now = priceOf(codes)
  if (success < now.success - 1e-6 || accuracy > now.accuracy - 1e-6) return
  throw new FrostglassError(
    'usage',
    `giving up accuracy gains nothing here: the codes as they are name what is hidden in ${percent(now.success, 2)} of training and validation rows, and no release that is less accurate names it in fewer`,
    'Leave out --accuracy.',
  )
}

function requireCertifiable({ unit, units }: CodeSource, { calibration }: UnitSplit): void {
  if (calibration.units >= fewestUnits) return
  const all = new Set(units).size
  throw new FrostglassError(
    'policy',
    `not certifiable: ${all} of ${unit}, of which ${calibration.units} are left to calibrate on; ${fewestUnits} are wanted`,
    'Give data of more of them: whose rows are, that is what a certificate counts.',
  )
}

/** One code a label; a channel chooses better from more, as many as the units carry. */
function codesFor(labels: number, { calibration }: UnitSplit, accuracy: number | undefined): number {
  if (accuracy === undefined) return labels
  return Math.max(labels, Math.min(8 * labels, Math.floor(calibration.units / 300)))
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** The file `channel.json`: outputs are numbers to the service; the guess that each is best for stays here. */
const channelBytes = ({ channel, outputs }: Channel): Uint8Array =>
  bytesOf(
    `${JSON.stringify({ format: 'frostglass-channel', version: 1, labelOf: outputs.map(({ label }) => label), channel }, null, 1)}\n`,
  )

const fixedChannel = ({ channel, outputs }: Channel, file: Uint8Array): FixedChannel => ({
  laws: channel,
  labelOf: outputs.map(({ label }) => label),
  sha256: sha256Of(file),
})

/** What no file name takes becomes an underscore. */
const fileName = (attribute: string): string => attribute.replaceAll(/[^A-Za-z0-9.-]/g, '_')

/** Where training goes on from, and how it keeps its state. */
async function checkpointing(
  data: CodeData,
  split: UnitSplit,
  options: CodePaneOptions,
): Promise<Pick<CodeFitOptions, 'resume' | 'onCheckpoint'>> {
  const { checkpoint: path, lambda = 0, penalty = 'kernel' } = options
  if (path === undefined) return {}
  const settings: Settings = {
    what: 'code pane',
    ...recipeFor(split.train.rows.length, options),
    lambda,
    penalty,
    units: split.train.sha256,
    attribute: lambda > 0 ? sha256Of(new Uint8Array(data.attribute.of.slice().buffer)) : '',
    data: digest({ x: data.x, y: { dtype: 'int32', shape: [data.label.of.length], data: data.label.of } }),
  }
  return {
    resume: await readCheckpointFile(path, settings),
    onCheckpoint: (state: Checkpoint) => writeCheckpointFile(path, settings, state),
  }
}
