// Certified releases on the device, with a pane that can be computed by hand: forms, sessions, channel, ledger, damage.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import {
  certificateFor,
  codesOf,
  labelOf,
  rowPane,
  rowPictures,
  signPane,
} from '../../test/certifiedRelease.ts'
import { checkCertificate } from '../protect/certified/certificate.ts'
import { openCodePane } from '../protect/certified/codePane.ts'
import { releaseFiles } from '../protect/certified/releaseFiles.ts'
import { openReleaseLedger, releaseRules } from '../protect/certified/releaseLedger.ts'
import { sampleOutput } from '../protect/certified/sampleOutput.ts'
import { sha256Of } from '../protect/learned/classifier.ts'
import { openEdgeRelease } from './certified.ts'

const codebook = 'c'.repeat(64)
const pane = await openCodePane(rowPane())
const certificates = { 'side.json': certificateFor(pane.sha256, codebook) }
const files = releaseFiles({ pane, codebook, form: { kind: 'one-hot' }, certificates })
const device = await openEdgeRelease(files)
const channel = labelOf.map((label) => [0, 1, 2].map((output) => (output === label ? 0.6 : 0.2)))
const drawnFiles = releaseFiles({
  pane,
  codebook,
  form: { kind: 'code' },
  channel,
  certificates: { 'side.json': certificateFor(pane.sha256, codebook, { channel }) },
})
const secret = Uint8Array.from({ length: 32 }, (_, i) => i)
const set = rowPictures(30, 2)
const codes = codesOf(set)
const windows = (from: number, to: number) => set.pixels.subarray(36 * from, 36 * to)
const folder = mkdtempSync(join(tmpdir(), 'frostglass-release-'))
afterAll(async () => {
  await device.close()
  rmSync(folder, { recursive: true })
})

describe('a release on the device', () => {
  it('releases the owner’s code of each picture, at one length', async () => {
    expect(await pane.release({ dtype: 'uint8', shape: [30, 1, 6, 6], data: set.pixels })).toEqual(codes)
    for (let i = 0; i < 30; i++) {
      const { output, values, shape } = await device.release(windows(i, i + 1))
      expect(output).toBe(codes[i])
      expect([...values]).toEqual(labelOf.map((_, code) => Number(code === output)))
      expect(shape).toEqual([1, 6])
    }
    expect(device.certificates).toMatchObject([{ attribute: 'side', unit: 'session', deltaEach: 1e-3 }])
    expect(device.certificates[0]!.upper).toBeGreaterThan(device.certificates[0]!.blind)
  })

  it('takes numbers as it takes bytes, and an ImageData', async () => {
    const bytes = windows(3, 4)
    const numbers = Float64Array.from(bytes, (v) => v / 255)
    const rgba = Uint8ClampedArray.from([...bytes].flatMap((v) => [v, v, v, 255]))
    for (const image of [numbers, Float32Array.from(numbers), { width: 6, height: 6, data: rgba }])
      expect((await device.release(image)).output).toBe(codes[3])
  })

  it('votes once for the windows of a session', async () => {
    const row = (bright: number) =>
      Array.from({ length: 36 }, (_, i) => (Math.floor(i / 6) === bright ? 250 : 3))
    const session = Uint8Array.from([2, 4, 5, 5, 3].flatMap(row))
    expect((await device.release(session)).output).toBe(5)
    const many = await Promise.all(Array.from({ length: 5 }, () => device.release(session)))
    for (const { output } of many) expect(output).toBe(5)
  })

  it('takes rows of features', async () => {
    const signs = await openCodePane(signPane())
    const rows = await openEdgeRelease(
      releaseFiles({
        pane: signs,
        codebook,
        form: { kind: 'code' },
        certificates: { 'c.json': certificateFor(signs.sha256, codebook, { codes: 4 }) },
      }),
    )
    for (const [row, code] of [
      [[0.2, 0.1], 0],
      [[0.2, -0.1], 1],
      [[-0.2, 0.1], 2],
      [[-3, -1], 3],
    ] as const) {
      const { output, values, shape } = await rows.release(Float64Array.from(row))
      expect([output, values, shape]).toEqual([code, BigInt64Array.of(BigInt(code)), [1]])
    }
    await expect(rows.release(Float64Array.of(1, Number.NaN))).rejects.toMatchObject({
      code: 'input',
      message: 'row 0, feature 1 is no finite number',
    })
    await expect(rows.release(Float64Array.of(1, 2, 3))).rejects.toMatchObject({ code: 'shape' })
    await expect(rows.release(new Float64Array(0))).rejects.toMatchObject({ code: 'shape' })
    await rows.close()
  })

  it('refuses what is no picture before anything is released', async () => {
    for (const length of [0, 35, 37])
      await expect(device.release(new Uint8Array(length))).rejects.toMatchObject({ code: 'shape' })
    for (const value of [Number.NaN, 1.5, -0.1])
      for (const type of [Float32Array, Float64Array])
        await expect(device.release(new type(36).fill(0.5).fill(value, 7, 8))).rejects.toThrow(
          'value 7 of the image is not within 0 … 1',
        )
    const rgba = { width: 5, height: 6, data: new Uint8Array(120) }
    await expect(device.release(rgba)).rejects.toMatchObject({ code: 'shape' })
    // And goes on.
    expect((await device.release(windows(0, 1))).output).toBe(codes[0])
  })
})

describe('a channel', () => {
  it('draws by secret, session and code: the same again, anew for another session', async () => {
    const drawn = await openEdgeRelease(drawnFiles, { secret })
    const seen = new Set<number>()
    for (let i = 0; i < 30; i++) {
      const session = `visit ${i}`
      const { output } = await drawn.release(windows(i, i + 1), { session })
      expect(output).toBe(sampleOutput(channel, codes[i]!, secret, `${session} ${codes[i]}`))
      const again = await drawn.release(windows(i, i + 1), { session })
      expect(again.output).toBe(output)
      // Another picture of the same code does not draw again.
      const alike = codes.findIndex((code, other) => code === codes[i] && other !== i)
      expect((await drawn.release(windows(alike, alike + 1), { session })).output).toBe(output)
      seen.add(output - labelOf[codes[i]!]!)
    }
    expect(seen.size).toBeGreaterThan(1)
    await expect(drawn.release(windows(0, 1))).rejects.toMatchObject({ code: 'usage' })
    await drawn.close()
  })

  it('wants the device’s secret', async () => {
    await expect(openEdgeRelease(drawnFiles)).rejects.toMatchObject({ code: 'key' })
    await expect(openEdgeRelease(drawnFiles, { secret: secret.subarray(1) })).rejects.toMatchObject({
      code: 'key',
    })
  })
})

describe('a ledger', () => {
  const text = new TextDecoder().decode(files['side.json'])
  const ledgerFor = (name: string) =>
    openReleaseLedger(join(folder, name), releaseRules(checkCertificate(text, 'side.json')), secret)

  it('has a session release once, whatever comes later, and refuses whoever had what was certified', async () => {
    const ledger = ledgerFor('ledger.sqlite')
    const remembered = await openEdgeRelease(files, { ledger })
    const other = codes.findIndex((code) => code !== codes[0])
    const about = { person: 'p', session: 's' }
    const first = await remembered.release(windows(0, 1), about)
    expect(first.output).toBe(codes[0])
    expect([...first.values]).toEqual(labelOf.map((_, code) => Number(code === codes[0])))
    expect(await remembered.release(windows(other, other + 1), about)).toEqual(first)
    // One release a person was certified: the refusal is the same, whatever the windows are.
    for (const i of [0, other])
      await expect(remembered.release(windows(i, i + 1), { ...about, session: 't' })).rejects.toMatchObject({
        code: 'policy',
        message: expect.stringMatching(/has had 1 release,/),
      })
    expect((await remembered.release(windows(other, other + 1), { ...about, person: 'q' })).output).toBe(
      codes[other],
    )
    await expect(remembered.release(windows(0, 1), { session: 's' })).rejects.toThrow('no person is named')
    await expect(remembered.release(windows(0, 1), { person: 'p' })).rejects.toThrow('no session is named')
    await remembered.close()
    ledger.close()
  })

  it('draws by a channel in the device’s place, and votes as the graph does', async () => {
    const certified = checkCertificate(new TextDecoder().decode(drawnFiles['side.json']), 'side.json')
    const ledger = openReleaseLedger(join(folder, 'drawn.sqlite'), releaseRules(certified), secret)
    const drawn = await openEdgeRelease(drawnFiles, { ledger })
    for (let i = 0; i < 10; i++) {
      const about = { person: `p ${i}`, session: 's' }
      const { output, values } = await drawn.release(windows(3 * i, 3 * i + 3), about)
      expect(values).toEqual(BigInt64Array.of(BigInt(output)))
      expect(await drawn.release(windows(0, 1), about)).toMatchObject({ output })
    }
    await drawn.close()
    ledger.close()
    const voting = ledgerFor('votes.sqlite')
    const [alone, together] = [device, await openEdgeRelease(files, { ledger: voting })]
    for (let i = 0; i < 8; i++) {
      const session = windows(i, i + 7)
      const about = { person: `p ${i}`, session: 's' }
      expect(await together.release(session, about)).toEqual(await alone.release(session))
    }
    await together.close()
    voting.close()
  })
})

describe('files', () => {
  const text = (file: string) => new TextDecoder().decode(files[file])
  const withManifest = (change: object) => ({
    ...files,
    'release.json': new TextEncoder().encode(
      JSON.stringify({ ...JSON.parse(text('release.json')), ...change }),
    ),
  })
  const edited = (file: string) => {
    const bytes = Uint8Array.from(files[file]!)
    bytes[bytes.length - 9]! ^= 1
    return { ...files, [file]: bytes }
  }

  it('are loaded from an address, and held to a hash', async () => {
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes)
    const sha256 = sha256Of(files['release.json']!)
    for (const address of [pathToFileURL(folder), `${pathToFileURL(folder)}/`]) {
      const loaded = await openEdgeRelease(address, { sha256 })
      expect((await loaded.release(windows(0, 1))).output).toBe(codes[0])
      await loaded.close()
    }
    await expect(openEdgeRelease(files, { sha256: 'd'.repeat(64) })).rejects.toThrow(
      /release.json was changed/,
    )
    await expect(openEdgeRelease(pathToFileURL(join(folder, 'none')))).rejects.toMatchObject({ code: 'io' })
  })

  const other = { 'side.json': certificateFor('b'.repeat(64), codebook) }
  const swapped = {
    ...withManifest({ pane: 'b'.repeat(64) }),
  }
  it.each<[string, Record<string, Uint8Array>, RegExp]>([
    ['an edited graph', edited('release.onnx'), /release.onnx was changed/],
    ['an edited certificate', edited('side.json'), /side.json was changed/],
    ['a certificate of another pane', swapped, /side.json certifies another pane/],
    [
      'another certificate',
      { ...files, 'side.json': new TextEncoder().encode(other['side.json']) },
      /was changed/,
    ],
    [
      'a channel without a certificate',
      withManifest({ channel: labelOf.map(() => [1]), outputs: 1 }),
      /another channel/,
    ],
    ['a missing file', { 'release.json': files['release.json']! }, /has no file release.onnx/],
    ['no JSON', { 'release.json': new Uint8Array([123]) }, /not JSON/],
    ['null', { 'release.json': new TextEncoder().encode('null') }, /no object/],
    ['a manifest of tomorrow', withManifest({ version: 2 }), /version 2/],
    ['a label that is none', withManifest({ labelOf: [0, 1, 7] }), /'labelOf'/],
    ['chances that are none', withManifest({ channel: labelOf.map(() => [0.5]), outputs: 1 }), /'channel'/],
    ['a file elsewhere', withManifest({ parts: [{ file: '../x', sha256: codebook }] }), /'parts'/],
    ['no graph', withManifest({ parts: [] }), /'parts'/],
    ['a part that is nothing', withManifest({ parts: [null] }), /'parts'/],
    [
      'no certificate',
      withManifest({ parts: JSON.parse(text('release.json')).parts.slice(0, 1) }),
      /'parts'/,
    ],
    ['no window', withManifest({ window: null }), /'window'/],
  ])('are refused: %s', async (_, given, message) => {
    const error = await openEdgeRelease(given).catch((e: unknown) => e)
    expect(error).toMatchObject({ code: 'input', message: expect.stringMatching(message) })
  })
})
