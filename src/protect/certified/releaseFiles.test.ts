// The files of a release: what the graph gives in each form, and that it is of the pane that was certified.

import { expect, it } from 'vitest'
import {
  certificateFor,
  codesOf,
  labelOf,
  pairNet,
  rowPane,
  rowPictures,
  shape,
  signPane,
} from '../../../test/certifiedRelease.ts'
import {
  add,
  cast,
  compile,
  constant,
  graph,
  mul,
  readOnnx,
  reduceMax,
  type Tensor,
  type Value,
  writeOnnx,
} from '../../graph/index.ts'
import { sha256Of } from '../learned/classifier.ts'
import { preprocessImageSet } from '../learned/preprocessing.ts'
import { openCodePane } from './codePane.ts'
import type { Dictionary } from './dictionary.ts'
import { releaseFiles, requirePane, requireSentByCode } from './releaseFiles.ts'
import { type ReleaseForm, releaseGraph } from './releaseGraph.ts'

const pane = await openCodePane(rowPane())
const codebook = 'c'.repeat(64)
const set = rowPictures(6, 4)
const dictionary: Dictionary = {
  kind: 'tuned',
  data: set.name,
  shape,
  pictures: set.pixels,
  read: labelOf.map((label) => ({ label, share: 0.9 })),
  classifier: { name: 'net', sha256: sha256Of(pairNet()) },
  preprocessing: { mean: [0.1], std: [0.7], layout: 'NHWC', order: 'grey' },
}
const vectors: Tensor = {
  dtype: 'float32',
  shape: [6, 2],
  data: Float32Array.from({ length: 12 }, (_, i) => i / 7),
}

/** What a graph gives for a session of these pictures. */
async function run(form: ReleaseForm, pixels: Uint8Array, map = [0, 1, 2, 3, 4, 5]) {
  const program = await compile(releaseGraph(pane, form, 6), { executor: 'native' })
  const image = Float32Array.from(pixels, (v) => v / 255)
  const answer = await program.run({
    image: { dtype: 'float32', shape: [pixels.length / 36, ...shape], data: image },
    map: { dtype: 'int64', shape: [6], data: BigInt64Array.from(map, BigInt) },
  })
  const numbers = (name: string) => Array.from(answer[name]!.data as Float32Array | BigInt64Array, Number)
  const found = { code: numbers('code'), voted: numbers('voted'), released: numbers('released') }
  await program.close()
  return { ...found, shape: answer['released']!.shape }
}

it('is a code, a one-hot row, a vector, or the picture as the service takes a raw one, bit for bit', async () => {
  const expected = preprocessImageSet(set, dictionary.preprocessing)
  for (let code = 0; code < 6; code++) {
    const pixels = set.pixels.subarray(36 * code, 36 * code + 36)
    const of = codesOf({ ...set, pixels, count: 1 })[0]!
    expect(await run({ kind: 'code' }, pixels)).toEqual({
      code: [of],
      voted: [of],
      released: [of],
      shape: [1],
    })
    const hot = await run({ kind: 'one-hot' }, pixels)
    expect(hot).toMatchObject({ released: labelOf.map((_, i) => Number(i === of)), shape: [1, 6] })
    const vector = await run({ kind: 'vector', vectors }, pixels)
    expect(vector.released).toEqual([...(vectors.data as Float32Array).subarray(2 * of, 2 * of + 2)])
    const shown = await run({ kind: 'picture', dictionary }, pixels)
    expect(shown.shape).toEqual([1, 6, 6, 1])
    expect(shown.released).toEqual([...(expected.data as Float32Array).subarray(36 * of, 36 * of + 36)])
  }
})

it('is one release a session: of its commonest code, of equals the smallest, through the map', async () => {
  const session = (codes: readonly number[]) => Uint8Array.from(codes.flatMap((code) => [...bright(code)]))
  const map = [3, 3, 3, 3, 2, 3]
  expect(await run({ kind: 'code' }, session([1, 4, 4, 5, 1, 4]), map)).toMatchObject({
    code: [1, 4, 4, 5, 1, 4],
    voted: [4],
    released: [2],
  })
  for (const [codes, voted] of [
    [[5, 1, 5, 1], 1],
    [[3, 2], 2],
    [[0, 5, 5], 5],
  ] as const)
    expect(await run({ kind: 'one-hot' }, session(codes))).toMatchObject({ voted: [voted] })
})

const bright = (row: number) =>
  Uint8Array.from({ length: 36 }, (_, i) => (Math.floor(i / 6) === row ? 200 : 0))

const channel = labelOf.map((label) => [0, 1, 2].map((output) => (output === label ? 0.8 : 0.1)))

it('says what it is, with the hashes of all files', () => {
  const certificates = { 'side.json': certificateFor(pane.sha256, codebook, { channel }) }
  const form = {
    kind: 'picture',
    dictionary: { ...dictionary, pictures: set.pixels.subarray(0, 108), read: dictionary.read.slice(0, 3) },
  } as const
  const files = releaseFiles({ pane, codebook, form, channel, certificates })
  expect(Object.keys(files)).toEqual(['release.json', 'release.onnx', 'side.json'])
  const manifest = JSON.parse(new TextDecoder().decode(files['release.json']))
  expect(manifest).toMatchObject({
    window: { shape: [1, 6, 6], dtype: 'float32', columns: null },
    labelOf,
    outputs: 3,
    channel,
    released: { shape: [1, 6, 6, 1], dtype: 'float32' },
    dictionary: { kind: 'tuned', data: 'rows', classifier: dictionary.classifier },
    pane: pane.sha256,
    codebook,
  })
  for (const { file, sha256 } of manifest.parts) expect(sha256Of(files[file]!)).toBe(sha256)
})

it.each([
  ['another pane', () => ({ 'c.json': certificateFor('b'.repeat(64), codebook) }), /pane is not the one/],
  [
    'another codebook',
    () => ({ 'c.json': certificateFor(pane.sha256, 'b'.repeat(64)) }),
    /codebook is not the one/,
  ],
  [
    'a channel that is not used',
    () => ({ 'c.json': certificateFor(pane.sha256, codebook, { channel }) }),
    /another channel/,
  ],
  ['nothing', () => ({ 'c.json': 'no' }), /c.json/],
  [
    'fewer codes',
    () => ({ 'c.json': certificateFor(pane.sha256, codebook, { codes: 5 }) }),
    /certifies 5 codes, and the pane has 6/,
  ],
  ['nobody', () => ({}), /none is given/],
])('refuses a certificate of %s', (_, certificates, message) => {
  const parts = { pane, codebook, form: { kind: 'code' } as const, certificates: certificates() }
  expect(() => releaseFiles(parts)).toThrow(message)
})

it('refuses dictionaries, vectors and channels of another number of codes', () => {
  const parts = { pane, codebook, certificates: { 'c.json': certificateFor(pane.sha256, codebook) } }
  const drawn = { 'c.json': certificateFor(pane.sha256, codebook, { channel }) }
  const few = { ...dictionary, read: dictionary.read.slice(1) }
  expect(() => releaseFiles({ ...parts, form: { kind: 'picture', dictionary: few } })).toThrow(
    'pictures of 5 codes, but 6',
  )
  expect(() =>
    releaseFiles({ ...parts, form: { kind: 'vector', vectors }, channel, certificates: drawn }),
  ).toThrow('vectors are of 6 codes, but 3')
  expect(() => releaseFiles({ ...parts, form: { kind: 'code' }, channel: channel.slice(1) })).toThrow(
    'channel is of 5 codes',
  )
})

it('tells a release of another pane, though it gives the same codes', async () => {
  const onnx = (of: typeof pane) => writeOnnx(releaseGraph(of, { kind: 'one-hot' }, of.codes))
  const release = onnx(pane)
  expect(() => requirePane(release, pane)).not.toThrow()
  const other = await openCodePane(rowPane(2))
  expect(() => requirePane(onnx(other), pane)).toThrow(/holds another pane/)
  const signs = await openCodePane(signPane())
  expect(() => requirePane(onnx(signs), pane)).toThrow(/holds another pane/)
  const without = readOnnx(release).graph
  const { code: _, ...outputs } = without.outputs
  expect(() => requirePane(writeOnnx({ ...without, outputs }), pane)).toThrow(/holds another pane/)
})

it('tells a release that sends more than its code, in every form', () => {
  const forms: readonly ReleaseForm[] = [
    { kind: 'code' },
    { kind: 'one-hot' },
    { kind: 'vector', vectors },
    { kind: 'picture', dictionary },
  ]
  for (const form of forms) {
    const own = releaseGraph(pane, form, 6)
    expect(() => requireSentByCode(writeOnnx(own))).not.toThrow()
    const { code, voted, released } = own.outputs as Record<'code' | 'voted' | 'released', Value>
    const image = own.inputs.find(({ name }) => name === 'image')!
    // A pixel that is added where nobody looks; a vote that a window turns; rows that are sent one by one.
    const pixel = cast(reduceMax(image), released.dtype)
    const sent = add(released, mul(pixel, constant([0], [], released.dtype)))
    const turned = add(voted, mul(cast(reduceMax(image), 'int64'), constant([0], [], 'int64')))
    for (const outputs of [
      { code, voted, released: sent },
      { code, voted: turned, released: turned },
      { code, voted, released: code },
      { code, released },
      { code, voted, released, window: image },
    ]) {
      const leaking = writeOnnx(graph({ inputs: own.inputs, outputs }))
      expect(() => requireSentByCode(leaking), form.kind).toThrow(/not made of the voted code alone/)
      // Its codes are the pane's all the same: that alone would not have told.
      if (!Object.values(outputs).includes(turned)) expect(() => requirePane(leaking, pane)).not.toThrow()
    }
  }
})
