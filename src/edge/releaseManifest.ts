// Reads and checks what lies beside a release's graph: the manifest, the hashes of all files, what each certificate is of.
// Source: protect/certified/releaseContract.ts; SHA-256 of FIPS 180-4.
// It does not compute a certificate again: `frostglass certify check` does. Nobody signs a manifest; tell the device its hash.

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { FrostglassError } from '../errors.ts'
import { type ReleaseManifest, releaseNames } from '../protect/certified/releaseContract.ts'

/** What a certificate says, in numbers of 0 … 1. */
export interface EdgeCertificate {
  /** The name of what is hidden. */
  readonly attribute: string
  /** What one unit was in calibration: 'person', 'session', 'row'. */
  readonly unit: string
  /** At most so often is the best guess of the attribute from one release right; wrong with the chance `deltaEach`. */
  readonly upper: number
  readonly deltaEach: number
  /** How often a guess without any release is right. */
  readonly blind: number
}

/** Where a release's files are. */
export type ReleaseSource = URL | string | Readonly<Record<string, Uint8Array>>

/** Gives a file by name. */
export type ReadPart = (file: string) => Promise<Uint8Array>

/** A release as its files have it. */
export interface ReleaseFolder {
  readonly manifest: ReleaseManifest
  readonly onnx: Uint8Array
  readonly certificates: readonly EdgeCertificate[]
}

/**
 * @param hash SHA-256 of `release.json`, hexadecimal, where it is known
 * @throws FrostglassError `input` for files that are no release, or that are not those of the manifest
 */
export async function readRelease(read: ReadPart, hash: string | undefined): Promise<ReleaseFolder> {
  const text = await read(releaseNames.manifest)
  if (hash !== undefined) requireHash(releaseNames.manifest, text, hash)
  const manifest = manifestOf(text)
  const contents = await Promise.all(
    manifest.parts.map(async ({ file, sha256: expected }) => {
      const content = await read(file)
      requireHash(file, content, expected)
      return [file, content] as const
    }),
  )
  const [first, ...others] = contents
  return {
    manifest,
    onnx: first![1],
    certificates: others.map(([file, content]) => certificateOf(file, content, manifest)),
  }
}

function requireHash(file: string, content: Uint8Array, expected: string): void {
  if (bytesToHex(sha256(content)) === expected) return
  throw refusal(`${file} was changed: its SHA-256 is not ${expected}`)
}

const refusal = (why: string, cause?: unknown) =>
  new FrostglassError('input', why, 'Load the files as they were written together.', cause)

function parsed(file: string, content: Uint8Array): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder().decode(content))
  } catch (cause) {
    throw refusal(`${file} is not JSON`, cause)
  }
  if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  throw refusal(`${file} is no object`)
}

const isList = (value: unknown, each: (item: never) => boolean): boolean =>
  Array.isArray(value) && value.every((item) => each(item as never))
const isSize = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0
const isName = (value: unknown): boolean => typeof value === 'string' && /^\w[\w.-]*$/.test(value)
const isHash = (value: unknown): boolean => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)

function manifestOf(text: Uint8Array): ReleaseManifest {
  const m = parsed(releaseNames.manifest, text) as unknown as ReleaseManifest
  if (m.format !== 'frostglass-release' || m.version !== 1)
    throw refusal(
      `this is a '${m.format}' of version ${m.version}, and a 'frostglass-release' of version 1 is read`,
    )
  const labels = isList(m.labels, (name) => typeof name === 'string') ? m.labels.length : 0
  const codes = isList(m.labelOf, (label) => Number.isInteger(label) && label >= 0 && label < labels)
    ? m.labelOf.length
    : 0
  const isLaw = (law: readonly number[]) =>
    isList(law, (chance) => chance >= 0) &&
    law.length === m.outputs &&
    Math.abs(law.reduce((a, b) => a + b, 0) - 1) < 1e-9
  const checks: Record<string, boolean> = {
    labelOf: codes > 0,
    window: isList(m.window?.shape, isSize) && (m.window.shape.length === 3 || m.window.shape.length === 1),
    outputs: isSize(m.outputs) && (m.channel !== null || m.outputs === codes),
    channel: m.channel === null || (isList(m.channel, isLaw) && m.channel.length === codes),
    released: isList(m.released?.shape, isSize),
    pane: isHash(m.pane) && isHash(m.codebook),
    parts:
      isList(
        m.parts,
        (part: ReleaseManifest['parts'][number] | null) => isName(part?.file) && isHash(part?.sha256),
      ) &&
      m.parts[0]?.file === releaseNames.graph &&
      // Without a certificate it is no certified release.
      m.parts.length > 1,
  }
  const wrong = Object.keys(checks).find((name) => !checks[name])
  if (wrong === undefined) return m
  throw refusal(`${releaseNames.manifest}: '${wrong}' is not as a release has it`)
}

function certificateOf(file: string, content: Uint8Array, manifest: ReleaseManifest): EdgeCertificate {
  const certificate = parsed(file, content) as unknown as {
    readonly format: string
    readonly attribute: string
    readonly unit: string
    readonly channel?: ReleaseManifest['channel']
    readonly sources: { readonly pane?: string; readonly codebook?: string }
    readonly result: Pick<EdgeCertificate, 'upper' | 'deltaEach' | 'blind'>
  }
  if (certificate.format !== 'frostglass-certificate') throw refusal(`${file} is no certificate`)
  const { attribute, unit, sources, channel = null, result } = certificate
  if (sources?.pane !== manifest.pane || sources.codebook !== manifest.codebook)
    throw refusal(`${file} certifies another pane than this release is of`)
  if (JSON.stringify(channel) !== JSON.stringify(manifest.channel))
    throw refusal(`${file} certifies another channel than this release has`)
  const { upper, deltaEach, blind } = result ?? {}
  return { attribute, unit, upper, deltaEach, blind }
}
