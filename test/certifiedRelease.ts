// A code pane of 6×6 pictures that anybody can compute by hand, a frozen net that reads them, and pictures for both.
// Code: the brightest row, the first of equals. Label: the pair of rows that it lies in.

import type { ImageSet } from '../src/data/index.ts'
import { argMax, constant, gemm, graph, input, matmul, reshape, writeOnnx } from '../src/graph/index.ts'
import { initialWeights } from '../src/learn/index.ts'
import { certificateText, issueCertificate } from '../src/protect/certified/certificate.ts'
import { codeGraph } from '../src/protect/certified/codeGraph.ts'
import { codeNetwork } from '../src/protect/certified/codeNetwork.ts'
import { openCodePane, writeCodePane } from '../src/protect/certified/codePane.ts'
import { releaseFiles } from '../src/protect/certified/releaseFiles.ts'
import { seededStream } from '../src/random/seeded.ts'

export const shape = [1, 6, 6] as const
export const labelOf = [0, 0, 1, 1, 2, 2]
export const labels = ['low', 'middle', 'high']

/** Sums of rows, or of pairs of rows. */
function sums(groups: number): Float32Array {
  const out = new Float32Array(36 * groups)
  for (let pixel = 0; pixel < 36; pixel++) out[pixel * groups + Math.floor((pixel * groups) / 36)] = 1
  return out
}

const card = {
  format: 'frostglass-code-pane',
  version: 1,
  labels,
  labelOf,
  training: {
    data: 'none',
    rows: 0,
    epochs: 0,
    batch: 1,
    learningRate: 1,
    deviation: 0,
    shift: 0,
    seed: 0,
    leak: null,
  },
  columns: null,
  cells: 6,
  beta: 1,
} as const

/** The file of the pane. @param factor of the sums: what it gives is the same */
export function rowPane(factor = 1): Uint8Array {
  const x = input('image', ['N', ...shape])
  const weights = sums(6).map((weight) => factor * weight)
  const scores = matmul(reshape(x, [-1, 36]), constant(weights, [36, 6]))
  return writeCodePane(graph({ inputs: [x], outputs: { code: argMax(scores) } }), {
    ...card,
    input: [...shape],
    labels: [...labels],
    labelOf: [...labelOf],
  })
}

/** A pane of two features: 0 to 3 by their signs. */
export function signPane(): Uint8Array {
  const x = input('row', ['N', 2], 'float64')
  const scores = matmul(x, constant([1, 1, -1, -1, 1, -1, 1, -1], [2, 4], 'float64'))
  return writeCodePane(graph({ inputs: [x], outputs: { code: argMax(scores) } }), {
    ...card,
    input: [2],
    labels: ['up', 'down'],
    labelOf: [0, 0, 1, 1],
    cells: 4,
  })
}

/**
 * The file of a net with an output a label, and one more that stands for none: from pictures minus 0.5 to `sharpness` times the
 * sums of pairs of rows.
 */
export function pairNet(sharpness = 2): Uint8Array {
  const x = input('data', ['N', ...shape])
  const weights = new Float32Array(36 * 4)
  const pairs = sums(3)
  for (let pixel = 0; pixel < 36; pixel++)
    for (let label = 0; label < 3; label++)
      weights[pixel * 4 + label + 1] = sharpness * pairs[pixel * 3 + label]!
  const scores = gemm(reshape(x, [-1, 36]), constant(weights, [36, 4]))
  return writeOnnx(graph({ inputs: [x], outputs: { scores } }))
}

/** The net's output of each label. */
export const classMap = Int32Array.of(1, 2, 3)

/** Pictures of noise with one brighter row each; rows in turn, so that all codes come. */
export function rowPictures(count: number, seed = 1): ImageSet {
  const draw = seededStream(seed, 'pictures')
  const pixels = Uint8Array.from({ length: count * 36 }, (_, i) => {
    const bright = Math.floor((i % 36) / 6) === Math.floor(i / 36) % 6
    return draw.below(bright ? 256 : 160)
  })
  return { name: 'rows', shape, count, pixels, attributes: {} }
}

/** The code of each picture, told from its pixels. */
export function codesOf({ pixels, count }: ImageSet): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => {
    const rows = Array.from({ length: 6 }, (_, row) =>
      pixels.subarray(i * 36 + row * 6, i * 36 + row * 6 + 6).reduce((a, b) => a + b, 0),
    )
    return rows.indexOf(Math.max(...rows))
  })
}

/** What the codes stand for: nine of ten times their label. */
export const meanings = {
  labels,
  codes: labelOf.map((label) => ({ shares: labels.map((_, i) => (i === label ? 0.9 : 0.05)) })),
}

/** A certificate's text for a pane: 100 units a code, attribute `left` likelier at even codes. */
export function certificateFor(
  pane: string,
  codebook: string,
  { channel, codes = labelOf.length }: { channel?: number[][]; codes?: number } = {},
): string {
  const counts = Array.from({ length: codes }, (_, code) => (code % 2 === 0 ? [60, 40] : [45, 55]))
  return certificateText(
    issueCertificate({
      attribute: 'side',
      unit: 'session',
      delta: 1e-3,
      candidates: 1,
      attributesCertified: 1,
      sampling: 'iid',
      table: { codes, attributes: ['left', 'right'], counts },
      ...(channel ? { channel } : {}),
      sources: { calibration: 'a'.repeat(64), pane, codebook, madeFrom: {} },
    }),
  )
}

/** A pane for 28×28 grey images of the usual size and of random weights: 80 codes, eight a label. */
export function digitPane(): Uint8Array {
  const network = codeNetwork([1, 28, 28], 10)
  const weights = { ...initialWeights(network.encoder, 1), ...initialWeights(network.head, 2) }
  const draw = seededStream(3, 'cells')
  const centres = Float32Array.from({ length: 80 * 16 }, () => draw.normal() / 2)
  const of = Int32Array.from({ length: 80 }, (_, code) => Math.floor(code / 8))
  const cells = { width: 16, centres, labelOf: of }
  return writeCodePane(codeGraph({ network, weights }, cells, [...of.keys()]), {
    ...card,
    input: [1, 28, 28],
    labels: Array.from('0123456789'),
    labelOf: [...of],
    cells: 80,
  })
}

/** The files of a release by that pane: of noise as pictures. */
export async function digitRelease(): Promise<Readonly<Record<string, Uint8Array>>> {
  const pane = await openCodePane(digitPane())
  const draw = seededStream(4, 'pictures')
  const dictionary = {
    kind: 'tuned',
    data: 'noise',
    shape: [1, 28, 28],
    pictures: Uint8Array.from({ length: 80 * 784 }, () => draw.below(256)),
    read: pane.card.labelOf.map((label) => ({ label, share: 1 })),
    classifier: { name: 'none', sha256: 'e'.repeat(64) },
    preprocessing: { mean: [0.5], std: [0.5], layout: 'NCHW', order: 'grey' },
  } as const
  return releaseFiles({
    pane,
    codebook: 'c'.repeat(64),
    form: { kind: 'picture', dictionary },
    certificates: { 'side.json': certificateFor(pane.sha256, 'c'.repeat(64), { codes: 80 }) },
  })
}
