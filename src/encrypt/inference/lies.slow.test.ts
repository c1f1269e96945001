// A service that lies, against today's key holder and against one that shows what it decrypts.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { images, smallNetwork } from '../../../test/encryptedNetworks.ts'
import { readCiphertext, writeCiphertext } from '../seal/ciphertexts.ts'
import { openContext } from '../seal/context.ts'
import { describeEnvelope } from '../seal/envelope.ts'
import { openParcel, packParcel } from '../seal/parcel.ts'
import { openAnswering, packAnswer, readQuestion } from './answering.ts'
import { answerAsPacked } from './asPacked.ts'
import { type CompiledNetwork, compileNetwork } from './compiled.ts'
import { createKeyHolder, type HolderOptions, type KeyHolder, openKeyHolder } from './keyHolder.ts'
import { freshState, mostAnswers } from './keyState.ts'
import { OwnerOnly } from './ownerOnly.ts'
import { drawImages, unitOf } from './references.ts'

const network = smallNetwork()
const model: CompiledNetwork = compileNetwork(network, ['a', 'b', 'c'])
const pictures = images(4, 6)
const joined = (pieces: Iterable<Uint8Array>) => new Uint8Array(Buffer.concat([...pieces]))
const known = drawImages(network.input, 4, []).map((pixels) => ({
  pixels,
  answers: answerAsPacked(model, 'latency', unitOf({ pixels })),
}))

let secret: Uint8Array
let keys: Uint8Array
beforeAll(async () => {
  const holder = await createKeyHolder(model.card, 'latency', { references: known })
  secret = holder.secret()
  keys = holder.keys()
  holder.close()
})
const open = (options: Omit<HolderOptions, 'references'> = {}): Promise<KeyHolder> =>
  openKeyHolder(secret, options)
const asked = async (holder: KeyHolder, count: number) =>
  joined(await holder.question(pictures.slice(0, count)))

let answering: Awaited<ReturnType<typeof openAnswering>>
beforeAll(async () => {
  answering = await openAnswering(model, keys)
})
afterAll(() => answering.close())

/** The honest service; `change` may lie about a row. */
async function answered(
  question: Uint8Array,
  change: (row: Uint8Array, at: number) => Uint8Array | Promise<Uint8Array> = (row) => row,
): Promise<Uint8Array> {
  const read = readQuestion(question, model.plans)
  const rows: Uint8Array[][] = []
  for (const [at, row] of read.rows.entries()) {
    const [own] = await answering.answer(at, row, read.images)
    rows.push([await change(own!, at)])
  }
  return packAnswer(read, rows)
}

/** Another computation than was asked: the mask comes back with the wrong sign. */
async function negatedAnswer(row: Uint8Array): Promise<Uint8Array> {
  const context = await openContext(model.plans.latency!.parameters)
  const evaluator = context.arena.own(new context.seal.Evaluator(context.context))
  const { key } = describeEnvelope(row, 'a row')
  const own = readCiphertext(context, key, row, 'a row')
  evaluator.negateInplace(own)
  const bytes = writeCiphertext(context, key, own)
  context.arena.close()
  return bytes
}

describe('an honest service', () => {
  it('is believed, with references among the images, and read again when the answer is the same', async () => {
    const holder = await open()
    const answer = await answered(await asked(holder, 4))
    const found = await holder.read(answer)
    const { exact, answers, references } = found.forOwner()
    expect(references).toBe(1)
    // Lies that pass for this scale's noise are too large: nothing of it may be shown.
    expect(answers).toBeNull()
    exact.forEach((own, i) => {
      const plain = answerAsPacked(model, 'latency', pictures[i]!)
      own.forEach((v, o) => {
        expect(Math.abs(v - plain[o]!)).toBeLessThan(0.01)
      })
    })
    expect((await holder.read(answer)).forOwner().exact).toEqual(exact)
    expect(holder.state.read).toBe(5)
    expect(() => JSON.stringify(found)).toThrow(/for its owner/)
    expect(structuredClone({ ...found })).toEqual({})
    expect(found).toBeInstanceOf(OwnerOnly)
    holder.close()
  })
})

describe('a service that lies', () => {
  it('gives an old answer to a new question, or two answers the wrong way round: refused; one that names the new question ends the key', async () => {
    const holder = await open()
    const [one, two] = [await asked(holder, 1), await asked(holder, 1)]
    const first = await answered(one)
    // Its head says that it answers the other question: masks tell.
    const { nonce } = openParcel(two, 'q').head as { nonce: string }
    const { head, parts } = openParcel(first, 'a')
    const relabelled = packParcel('answer', { ...(head as object), nonce }, parts)
    await expect(holder.read(relabelled)).rejects.toThrow(/not what the network gives/)
    holder.close()
    const fresh = await open()
    await expect(fresh.read(first)).rejects.toThrow(/no answer to a question of this key/)
    const question = await asked(fresh, 1)
    await fresh.read(await answered(question))
    await expect(fresh.read(await answered(question))).rejects.toThrow(/another answer to the same question/)
    expect(fresh.state.ended).toBeNull()
    fresh.close()
  })

  it('sends what was read before as the answer to another question: refused where the question is given, and the key lives', async () => {
    const holder = await open()
    const [one, two] = [await asked(holder, 1), await asked(holder, 1)]
    const first = await answered(one)
    await holder.read(first, one)
    await expect(holder.read(first, two)).rejects.toThrow(/to another question/)
    expect(holder.state.ended).toBeNull()
    holder.close()
  })

  it('answers at a scale, a level or a size that is none of the plan: refused as damaged, nothing is spent, and the key lives', async () => {
    const holder = await open()
    const question = await asked(holder, 1)
    const context = await openContext(model.plans.latency!.parameters)
    const evaluator = context.arena.own(new context.seal.Evaluator(context.context))
    const [sent] = readQuestion(question, model.plans).rows[0] as Uint8Array[]
    const changed =
      (change: (own: ReturnType<typeof readCiphertext>) => void, from?: Uint8Array) => (row: Uint8Array) => {
        const { key } = describeEnvelope(row, 'a row')
        const own = readCiphertext(context, key, from ?? row, 'a row')
        change(own)
        return writeCiphertext(context, key, own)
      }
    const scales = [2 ** 200, 1e300, 1e-300, 0, -0, -1, Infinity, -Infinity, Number.NaN]
    const lies = [
      ...scales.map((scale) => changed((own) => own.setScale(scale))),
      // Twice the numbers, in one field of the head.
      changed((own) => own.setScale(own.scale() / 2)),
      changed((own) => own.setScale(2 ** model.plans.latency!.answerPrecision), sent),
      changed((own) => evaluator.squareInplace(own), sent),
      // As coefficients and not transformed: what decrypts would throw, after the question is spent.
      changed((own) => evaluator.cipherTransformFromNttInplace(own)),
    ]
    const { read } = holder.state
    for (const lie of lies)
      await expect(holder.read(await answered(question, lie))).rejects.toMatchObject({
        code: 'input',
        message: expect.stringMatching(/^the answer (is not of the form|cannot be decrypted)/),
      })
    expect(holder.state).toMatchObject({ ended: null, read })
    expect((await holder.read(await answered(question))).forOwner().exact.length).toBe(1)
    context.arena.close()
    holder.close()
  })

  it('swaps two rows of one question: refused, and the key ends', async () => {
    const holder = await open()
    const read = readQuestion(await asked(holder, 2), model.plans)
    const rows = await Promise.all(read.rows.map((row, at) => answering.answer(at, row, read.images)))
    await expect(holder.read(packAnswer(read, [rows[1]!, rows[0]!, ...rows.slice(2)]))).rejects.toThrow(
      /not what the network gives/,
    )
    expect(holder.state.ended).toBe('failed')
    await expect(holder.question(pictures.slice(0, 1))).rejects.toThrow(/reads nothing any more/)
    holder.close()
  })

  it('forges one answer: the same words whatever it was, nothing is shown, and the key ends', async () => {
    const words = new Set<string>()
    for (const negated of [true, false]) {
      const holder = await open()
      const question = await asked(holder, 1)
      // The mask itself: what is left of the answer is 0, periodic and in range; the reference tells.
      const lastMask = (readQuestion(question, model.plans).rows[0] as Uint8Array[]).at(-1)!
      const lie = negated ? negatedAnswer : () => lastMask
      const error = await holder.read(await answered(question, lie)).then(
        () => undefined,
        (e: Error & { hint?: string | undefined }) => e,
      )
      expect(error).toBeDefined()
      words.add(`${error!.message} ${error!.hint}`)
      expect(holder.state.ended).toBe('failed')
      holder.close()
    }
    expect(words.size).toBe(1)
  })

  it('finds a key that has read all that it may', async () => {
    const state = { ...freshState, read: mostAnswers.latency.checked - 1 }
    const holder = await open({ state })
    await expect(holder.read(await answered(await asked(holder, 1)))).rejects.toThrow(/used up/)
    holder.close()
    expect(mostAnswers.latency.unchecked).toBeLessThan(mostAnswers.latency.checked)
  })
})
