// The files that a device loads: the release as one graph, its manifest, and the certificates of its pane.
// Source: CERTIFIED obfuscation, section 7, step 9; edge/certified.ts reads them.
// It certifies nothing: certificates of another pane, codebook or channel are refused.

import { FrostglassError } from '../../errors.ts'
import type { Graph } from '../../graph/contract.ts'
import { reach } from '../../graph/graph.ts'
import { graph, input, readOnnx, substitute, type Value, writeOnnx } from '../../graph/index.ts'
import { sha256Of } from '../learned/classifier.ts'
import { checkCertificate, requireSources } from './certificate.ts'
import { type ReleaseManifest, releaseNames } from './releaseContract.ts'
import { type ReleaseForm, type ReleasingPane, releaseGraph } from './releaseGraph.ts'

/** What a release is made of. */
export interface ReleaseParts {
  readonly pane: ReleasingPane
  /** SHA-256 of the codebook. */
  readonly codebook: string
  readonly form: ReleaseForm
  /** channel[code][output], where there is one. */
  readonly channel?: readonly (readonly number[])[] | undefined
  /** Texts of certificates by the names of their files; at least one. */
  readonly certificates: Readonly<Record<string, string>>
}

/**
 * The files by name: `release.json`, `release.onnx`, and the certificates. Put them in one folder.
 * @throws FrostglassError `shape` for a dictionary or vectors of another number of outputs, `usage` without a certificate, `input`
 * for one that is of another pane, codebook or channel
 */
export function releaseFiles(parts: ReleaseParts): Readonly<Record<string, Uint8Array>> {
  const { pane, codebook, form, channel, certificates } = parts
  const { labelOf, labels, columns } = pane.card
  const outputs = channel ? (channel[0]?.length ?? 0) : labelOf.length
  if (channel && channel.length !== labelOf.length)
    throw new FrostglassError(
      'shape',
      `the channel is of ${channel.length} codes, and the pane has ${labelOf.length}`,
      'Solve it for this pane.',
    )
  if (Object.keys(certificates).length === 0)
    throw new FrostglassError(
      'usage',
      'a release comes with a certificate, and none is given',
      'Certify the pane: frostglass certify issue.',
    )
  for (const [file, text] of Object.entries(certificates)) requireOf(parts, file, text)
  const g = releaseGraph(pane, form, outputs)
  const onnx = writeOnnx(g, { description: 'A release: windows of a session in, what is sent out. Public.' })
  requirePane(onnx, pane)
  const bytes = new TextEncoder()
  const files: Record<string, Uint8Array> = {
    [releaseNames.graph]: onnx,
    ...Object.fromEntries(Object.entries(certificates).map(([file, text]) => [file, bytes.encode(text)])),
  }
  const sent = g.outputs['released']!
  const manifest: ReleaseManifest = {
    format: 'frostglass-release',
    version: 1,
    window: { shape: pane.card.input, dtype: g.inputs[0]!.dtype as 'float32' | 'float64', columns },
    labels,
    labelOf,
    channel: channel ?? null,
    outputs,
    form: form.kind,
    released: { shape: sent.shape as number[], dtype: sent.dtype as 'float32' | 'int64' },
    dictionary: dictionaryOf(form),
    pane: pane.sha256,
    codebook,
    parts: Object.entries(files).map(([file, content]) => ({ file, sha256: sha256Of(content) })),
  }
  return { [releaseNames.manifest]: bytes.encode(`${JSON.stringify(manifest, null, 1)}\n`), ...files }
}

function dictionaryOf(form: ReleaseForm): ReleaseManifest['dictionary'] {
  if (form.kind !== 'picture') return null
  const { kind, data, classifier, read } = form.dictionary
  return { kind, data, classifier, read }
}

/** @throws FrostglassError `input` for a text that is no certificate, or of another pane, codebook or channel */
function requireOf({ pane, codebook, channel }: ReleaseParts, file: string, text: string): void {
  const certificate = checkCertificate(text, file)
  requireSources(certificate, { pane: pane.sha256, codebook })
  const { statement } = certificate
  if (statement.table.codes !== pane.card.labelOf.length)
    throw new FrostglassError(
      'input',
      `${file} certifies ${statement.table.codes} codes, and the pane has ${pane.card.labelOf.length}`,
      'Certify what is released.',
    )
  if (JSON.stringify(statement.channel) === JSON.stringify(channel)) return
  throw new FrostglassError('input', `${file} certifies another channel`, 'Certify what is released.')
}

/**
 * That a release holds a pane as it was certified: what leads to `code` is the pane's graph, operator by operator and number by number.
 * @throws FrostglassError `input` for a graph whose codes are another pane's
 */
export function requirePane(release: Uint8Array, pane: ReleasingPane): void {
  const held = codesAlone(readOnnx(release, { file: releaseNames.graph }).graph)
  const own = codesAlone(readOnnx(pane.onnx, { file: 'the pane' }).graph)
  // Written anew, both have the same names for what is inside.
  if (held && own && Buffer.compare(writeOnnx(held), writeOnnx(own)) === 0) return
  throw new FrostglassError(
    'input',
    'the release holds another pane than the one that was certified',
    'Make it again from that pane.',
  )
}

/**
 * That what a release sends is made of the voted code alone, and the vote of codes: of the window itself nothing else goes on.
 * With {@link requirePane} what is certified of codes holds of what is sent, whatever its form.
 * @throws FrostglassError `input` for a graph that sends more, or is not known not to
 */
export function requireSentByCode(release: Uint8Array): void {
  const { outputs, inputs } = readOnnx(release, { file: releaseNames.graph }).graph
  const { code, voted, released } = outputs
  /** What a value is still made of, once another is known. */
  const leftOf = (v: Value, known: Value): readonly (string | undefined)[] => {
    const stand = input('known', known.shape, known.dtype)
    const { leaves } = reach(substitute([v], new Map([[known, stand]])))
    return leaves.filter((leaf) => leaf.kind === 'input' && leaf !== stand).map(({ name }) => name)
  }
  const sends =
    code &&
    voted &&
    released &&
    Object.keys(outputs).length === 3 &&
    inputs.length === 2 &&
    inputs.some(({ name }) => name === 'map') &&
    leftOf(voted, code).length === 0 &&
    leftOf(released, voted).every((name) => name === 'map')
  if (sends) return
  throw new FrostglassError(
    'input',
    'the release sends what is not made of the voted code alone',
    'Make it again from the bundle: frostglass obfuscate release.',
  )
}

/**
 * That a release is a bundle's: of its pane, codebook, channel, labels and certificates, and sends its codes alone.
 * @param own the bundle's, with SHA-256 of its parts by file @throws FrostglassError `input` naming what is not
 */
export function requireReleaseOf(
  { manifest, onnx }: { readonly manifest: ReleaseManifest; readonly onnx: Uint8Array },
  own: Pick<ReleaseParts, 'pane' | 'codebook' | 'channel'> & {
    readonly parts: readonly { readonly file: string; readonly sha256: string }[]
  },
): void {
  const { pane, codebook, channel, parts } = own
  const text = JSON.stringify
  // A device tells its user what the certificates say.
  const other = manifest.parts
    .slice(1)
    .find(({ file, sha256 }) => !parts.some((part) => part.file === file && part.sha256 === sha256))
  const wrong = [
    ...(manifest.pane === pane.sha256 ? [] : ['its pane is not']),
    ...(manifest.codebook === codebook ? [] : ['its codebook is not']),
    ...(text(manifest.channel) === text(channel ?? null) ? [] : ['its channel is not']),
    ...(text(manifest.labelOf) === text(pane.card.labelOf) ? [] : ['its labels of codes are not']),
    ...(other ? [`${other.file} is not`] : []),
  ]
  if (wrong.length > 0)
    throw new FrostglassError(
      'input',
      `the release: ${wrong[0]} the bundle's${other && wrong.length === 1 ? ' certificate' : ''}`,
      'Make it again from the bundle: frostglass obfuscate release.',
    )
  requirePane(onnx, pane)
  requireSentByCode(onnx)
}

function codesAlone(g: Graph): Graph | undefined {
  const code = g.outputs['code']
  return code && graph({ inputs: g.inputs.filter(({ name }) => name !== 'map'), outputs: { code } })
}
