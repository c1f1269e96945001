// The pane that ships: the code of each row is the group of its cell, on both executors, and what it says of itself is so.

import { beforeAll, describe, expect, it } from 'vitest'
import { readDigits } from '../../data/images/digits.ts'
import { imageTensor } from '../../data/images/imageSet.ts'
import {
  add,
  cast,
  compile,
  constant,
  graph,
  greater,
  input,
  less,
  mul,
  readOnnx,
  reduceSum,
  reshape,
  shapeOf,
  slice,
  tensor,
  type Value,
  where,
  writeOnnx,
} from '../../graph/index.ts'
import { initialWeights } from '../../learn/model.ts'
import { seededStream } from '../../random/seeded.ts'
import { codeGraph } from './codeGraph.ts'
import { codeNetwork } from './codeNetwork.ts'
import { openCodePane } from './codePane.ts'
import { type CodeData, type FittedCodePane, fitCodePane } from './fitCodePane.ts'
import { splitUnits, type UnitSplit } from './splitUnits.ts'

/** Digits, and whether the picture is light or dark: an attribute that the pixels tell. */
async function digitsData(): Promise<{ data: CodeData; split: UnitSplit }> {
  const { train } = await readDigits()
  const size = 784
  const ink = Array.from({ length: train.count }, (_, i) =>
    train.pixels.subarray(i * size, (i + 1) * size).reduce((sum, v) => sum + v, 0),
  )
  const middle = [...ink].sort((a, b) => a - b)[train.count / 2]!
  return {
    data: {
      name: 'digits train',
      x: imageTensor(train),
      label: train.labels!,
      attribute: { names: ['dark', 'light'], of: Int32Array.from(ink, (v) => (v > middle ? 1 : 0)) },
    },
    split: splitUnits(
      ink.map((_, i) => `image ${i}`),
      { seed: 1 },
    ),
  }
}

const recipe = { epochs: 1, batch: 64, learningRate: 0.004, threads: 1, cells: 4 }

describe('fitCodePane on digits', () => {
  let made: { data: CodeData; split: UnitSplit }
  let whole: FittedCodePane
  let finer: FittedCodePane
  beforeAll(async () => {
    made = await digitsData()
    whole = await fitCodePane(made.data, made.split, recipe)
    finer = await fitCodePane(made.data, made.split, { ...recipe, codes: 15 })
  })

  it('has one code a label by default, in the order of the labels', () => {
    expect(whole.codebook.codes.map(({ label }) => label)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(whole.codebook.beta).toBe(null)
    expect(whole.pane.card.labelOf).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(whole.pane.onnx.length).toBeLessThan(200_000)
  })

  it('releases the same label with more codes, which tell more of label and attribute', async () => {
    const x = made.data.x
    const [few, many] = [await whole.pane.release(x), await finer.pane.release(x)]
    expect(new Set(many).size).toBe(finer.codebook.codes.length)
    expect(finer.codebook.codes.length).toBeGreaterThan(10)
    expect(Array.from(many, (code) => finer.codebook.codes[code]!.label)).toEqual([...few])
    const prices = finer.prices
    expect(prices.map((price) => price.codes)).toEqual([10, 15, 20])
    for (const [i, price] of prices.slice(1).entries()) {
      expect(price.information).toBeGreaterThanOrEqual(prices[i]!.information)
      expect(price.success).toBeGreaterThanOrEqual(prices[i]!.success)
    }
  })

  it('gives the same codes on the plain executor', async () => {
    const some = tensor((made.data.x.data as Uint8Array).slice(0, 100 * 784), [100, 1, 28, 28], 'uint8')
    for (const { pane } of [whole, finer]) {
      const plain = await openCodePane(pane.onnx, { executor: 'plain' })
      expect(await plain.release(some)).toEqual(await pane.release(some))
    }
  })

  it('counts in its codebook what it releases: the shares behind a code add up to 1', () => {
    for (const { shares } of finer.codebook.codes) {
      expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12)
    }
    expect(finer.codebook.codeOf).toHaveLength(40)
    expect(finer.codebook.madeFrom).toEqual({
      train: made.split.train.sha256,
      validation: made.split.validation.sha256,
    })
  })

  it('is the same file again from the same seed, and another from another', async () => {
    const again = await fitCodePane(made.data, made.split, recipe)
    expect(again.fixed).toEqual(whole.fixed)
    const other = await fitCodePane(made.data, made.split, { ...recipe, seed: 1 })
    expect(other.fixed).not.toEqual(whole.fixed)
  })

  it('refuses codes that the calibration units do not carry, or fewer than labels', async () => {
    const refused = (codes: number) =>
      expect(fitCodePane(made.data, made.split, { ...recipe, codes })).rejects
    await refused(18).toThrow(/1750 calibration units are too few for 18 codes: 1800/)
    await refused(9).toThrow(/9 codes cannot tell 10 labels/)
  })

  it('refuses rows that it does not take, and files that are no pane', async () => {
    await expect(whole.pane.release(tensor(new Float32Array(784), [1, 784]))).rejects.toThrow(/takes uint8/)
    await expect(openCodePane(whole.pane.onnx.slice(0, 100))).rejects.toMatchObject({ code: 'input' })
  })
})

describe('a pane whose codes depend on what else is in the batch', () => {
  const card = {
    format: 'frostglass-code-pane',
    version: 1,
  }
  const open = (code: (x: Value, honest: Value, leak: Value) => Value) => {
    const x = input('row', ['N', 2], 'float64')
    const column = (at: number) => reshape(slice(x, [at], [at + 1], [1]), [-1])
    const of = (at: number) => cast(greater(column(at), constant([0.5], [1], 'float64')), 'int64')
    const made = writeOnnx(graph({ inputs: [x], outputs: { code: code(x, of(0), of(1)) } }), {
      metadata: {
        frostglass: JSON.stringify({
          ...JSON.parse(cardText),
          input: [2],
          labels: ['no', 'yes'],
          labelOf: [0, 1],
          columns: null,
        }),
      },
    })
    return openCodePane(made)
  }
  let cardText = JSON.stringify(card)

  it('is refused: by their number, by their sum, by their order', async () => {
    const { data, split } = await digitsData()
    const made = await fitCodePane(data, split, { ...recipe, codes: 10 })
    cardText = readOnnx(made.pane.onnx, { file: 'pane' }).metadata['frostglass']!
    await made.pane.close()
    // Each by itself, it opens.
    await (await open((_, honest) => honest)).close()
    const one = (x: Value) => add(mul(x, constant([0], [1], 'float64')), constant([1], [1], 'float64'))
    const alone = (x: Value) => less(reduceSum(one(x), [0, 1]), constant([2.5], [], 'float64'))
    for (const code of [
      // Alone it tells the hidden number, in company the label: counted in batches, it would be honest.
      (x: Value, honest: Value, leak: Value) => where(alone(x), leak, honest),
      (x: Value, honest: Value, leak: Value) =>
        where(
          less(
            cast(reshape(slice(shapeOf(x), [0], [1], [0]), []), 'float64'),
            constant([1.5], [], 'float64'),
          ),
          leak,
          honest,
        ),
      (_: Value, honest: Value) => mul(honest, slice(honest, [0], [1], [0])),
    ])
      await expect(open(code)).rejects.toThrow(/mixes the rows of a batch/)
  })
})

describe('codeGraph', () => {
  const network = codeNetwork([3], 2)
  const weights = { ...initialWeights(network.encoder, 0), ...initialWeights(network.head, 0) }
  const width = 8
  const draw = seededStream(3, 'rows')
  const rows = tensor(
    Float64Array.from({ length: 60 }, () => draw.normal()),
    [20, 3],
    'float64',
  )
  const release = async (centres: Float32Array, labelOf: readonly number[]) => {
    const cells = { width, centres, labelOf: Int32Array.from(labelOf) }
    const program = await compile(codeGraph({ network, weights }, cells, [...labelOf.keys()]), {
      executor: 'native',
    })
    const { code } = await program.run({ row: rows })
    const codes = Array.from(code!.data as BigInt64Array, Number)
    await program.close()
    return codes
  }

  it('gives a tie to the first cell', async () => {
    const same = new Float32Array(6 * width).fill(0.25)
    const codes = await release(same, [0, 0, 0, 1, 1, 1])
    expect(new Set(codes)).toEqual(new Set([0, 3]))
  })

  it('takes the nearest cell within the label, never a nearer one of another', async () => {
    const far = new Float32Array(4 * width)
    // Label 0's cells lie at 5 and 6, label 1's at ±0.1, where all z are nearer.
    ;[5, 6, 0.1, -0.1].forEach((value, cell) => {
      far.fill(value, cell * width, (cell + 1) * width)
    })
    const decided = await release(new Float32Array(2 * width), [0, 1])
    const codes = await release(far, [0, 0, 1, 1])
    codes.forEach((code, row) => {
      expect(code < 2 ? 0 : 1).toBe(decided[row])
      if (code < 2) expect(code).toBe(0)
    })
    expect(new Set(decided).size).toBe(2)
  })
})
