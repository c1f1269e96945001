// A certified release on the device: windows of a session in, one code voted, drawn where a channel says so, sent as the service expects.
// Source: protect/certified/releaseGraph.ts and sampleOutput.ts; protect/certified/releaseLedger.ts is a ledger on Node.
// What is sent has one length. Bad input is refused on the device, before anything is sent; whether a session may be released
// depends on the ledger, never on what is in it. How long it took, and that it was asked for at all, nothing here hides.

import { FrostglassError } from '../errors.ts'
import type { ReleaseManifest } from '../protect/certified/releaseContract.ts'
import { sampleOutput } from '../protect/certified/sampleOutput.ts'
import { type Image, planesOf } from './image.ts'
import { fetchBytes, type OpenEdgePaneOptions, startSession } from './load.ts'
import { type EdgeCertificate, type ReadPart, type ReleaseSource, readRelease } from './releaseManifest.ts'

/** What remembers who released what. */
export interface EdgeLedger {
  /**
   * The output of a session, once: its codes vote, a channel draws; the same session gets what it got before, whatever comes later.
   * @throws FrostglassError `policy` when the person may release no more; that depends on person and session alone
   */
  release(session: {
    readonly person: string
    readonly session: string
    readonly codes: readonly number[]
  }): number | Promise<number>
}

/** How a release is loaded. */
export interface OpenEdgeReleaseOptions extends OpenEdgePaneOptions {
  /** SHA-256 of `release.json`, hexadecimal: whoever changes files then has to change this, too. */
  readonly sha256?: string | undefined
  /** Of this device, 32 bytes, kept: {@link drawSecret} makes one. Needed where a channel draws and no ledger does. */
  readonly secret?: Uint8Array | undefined
  readonly ledger?: EdgeLedger | undefined
}

/** Windows of one session: images one behind the other, or rows of features one behind the other. */
export type Windows = Image | Float64Array

/** What is sent of a session. */
export interface Released {
  /** The number of the release: of the code, or of what the channel drew for it. */
  readonly output: number
  /** Always of `manifest.released.shape`. */
  readonly values: Float32Array | BigInt64Array
  readonly shape: readonly number[]
}

/** Whose windows they are. */
export interface About {
  /** The session's name, where a channel draws or a ledger remembers: another name draws anew. */
  readonly session?: string | undefined
  /** For the ledger. */
  readonly person?: string | undefined
}

/** A release that is ready. */
export interface EdgeRelease {
  readonly manifest: ReleaseManifest
  /** What anybody can know from one release, at most: one for each attribute that was certified. */
  readonly certificates: readonly EdgeCertificate[]
  /** Bytes of the graph. */
  readonly bytes: number
  /**
   * Releases a session: one vote of its windows. The same windows in the same session give the same release.
   * @throws FrostglassError `shape`, `input` for what are no windows, `usage` without a name that is needed, and what the ledger
   * refuses: nothing is sent then
   */
  release(windows: Windows, about?: About): Promise<Released>
  /** Frees the runtime's memory. */
  close(): Promise<void>
}

/**
 * Loads a certified release.
 * @param source the folder's address, or the files by name
 * @throws FrostglassError `io` when a file cannot be fetched, `input` when files are damaged, changed or not of one another, `key`
 * without the secret that a channel needs, `unsupported` when the runtime refuses the graph, `aborted`
 * @example
 * const device = await openEdgeRelease(new URL('/release/', location.href))
 * const { values } = await device.release(canvas.getContext('2d').getImageData(0, 0, 28, 28))
 */
export async function openEdgeRelease(
  source: ReleaseSource,
  options: OpenEdgeReleaseOptions = {},
): Promise<EdgeRelease> {
  const { manifest, onnx, certificates } = await readRelease(partsOf(source, options.signal), options.sha256)
  requireSecret(manifest, options)
  const { ort, session } = await startSession(onnx, options)
  const { window, released } = manifest
  const name = window.shape.length === 3 ? 'image' : 'row'
  const run = async (data: Float32Array | Float64Array, map: readonly number[]) => {
    const size = window.shape.reduce((a, b) => a * b, 1)
    const answer = await session.run({
      [name]: new ort.Tensor(window.dtype, data as Float32Array, [data.length / size, ...window.shape]),
      map: new ort.Tensor('int64', BigInt64Array.from(map, BigInt), [map.length]),
    })
    const numbers = (output: string) => Array.from(answer[output]!.data as BigInt64Array, Number)
    const values = answer['released']!.data as Released['values']
    return { codes: numbers('code'), voted: numbers('voted')[0]!, values }
  }
  const { channel, labelOf } = manifest
  const { ledger, secret } = options
  const always = (output: number) => labelOf.map(() => output)
  const once = async (windows: Windows, about: About): Promise<Released> => {
    const data = dataOf(windows, manifest)
    if (!channel && !ledger) {
      const { voted, values } = await run(data, [...labelOf.keys()])
      return { output: voted, values, shape: released.shape }
    }
    const visit = named('session', about.session)
    const person = ledger ? named('person', about.person) : ''
    // Two runs, whatever is released: one for the codes, one with every code mapped to the one output.
    const { codes, voted } = await run(data, always(0))
    const output = ledger
      ? await ledger.release({ person, session: visit, codes })
      : sampleOutput(channel!, voted, secret!, `${visit} ${voted}`)
    const { values } = await run(data, always(output))
    return { output, values, shape: released.shape }
  }
  // One run at a time: the runtime for browsers holds no more.
  let turn: Promise<unknown> = Promise.resolve()
  return Object.freeze({
    manifest,
    certificates,
    bytes: onnx.length,
    release(windows, about = {}) {
      const mine = turn.then(() => once(windows, about))
      turn = mine.catch(() => undefined)
      return mine
    },
    async close() {
      await turn
      await session.release()
    },
  } satisfies EdgeRelease)
}

function partsOf(source: ReleaseSource, signal: AbortSignal | undefined): ReadPart {
  if (typeof source === 'string' || source instanceof URL) {
    const folder = String(source).replace(/\/?$/, '/')
    return (file) => fetchBytes(`${folder}${file}`, signal)
  }
  return async (file) => {
    if (Object.hasOwn(source, file)) return source[file]!
    throw new FrostglassError('input', `the release has no file ${file}`, 'Give all files of its folder.')
  }
}

function requireSecret({ channel }: ReleaseManifest, { secret, ledger }: OpenEdgeReleaseOptions): void {
  if (channel === null || ledger || secret?.length === 32) return
  throw new FrostglassError(
    'key',
    'this release is drawn by a channel, and the device’s secret of 32 bytes is not given',
    'Draw one once with drawSecret(), keep it on the device, and pass it as secret.',
  )
}

function named(what: 'person' | 'session', name: string | undefined): string {
  if (name !== undefined && name !== '') return name
  throw new FrostglassError('usage', `no ${what} is named`, `Pass { ${what}: … } with each release.`)
}

/** Checked numbers, window after window. */
function dataOf(windows: Windows, { window }: ReleaseManifest): Float32Array | Float64Array {
  const { shape } = window
  if (shape.length === 3) {
    // Numbers, not bytes.
    const image = windows instanceof Float64Array ? Float32Array.from(windows) : windows
    return planesOf(image, shape as [number, number, number])
  }
  const [features] = shape as [number]
  if (!ArrayBuffer.isView(windows) || windows.length === 0 || windows.length % features !== 0)
    throw new FrostglassError(
      'shape',
      `${(windows as { length?: number }).length ?? 'no'} values are no whole number of rows of ${features} features`,
      'Give rows one behind the other, as a Float64Array.',
    )
  const wrong = windows.findIndex((value) => !Number.isFinite(value))
  if (wrong >= 0)
    throw new FrostglassError(
      'input',
      `row ${Math.floor(wrong / features)}, feature ${wrong % features} is no finite number`,
      'Fill missing values as in training.',
    )
  return window.dtype === 'float64' ? Float64Array.from(windows) : Float32Array.from(windows)
}
