// Answers that are not to the question: another's, another row's, an old one. They were believed.
// Source: attackers from outside. Before, nothing in an answer said what it answers; today a mask in each row of a question
// does, and the head of the answer names the question. An honest network's answers stand in all of them: none is forged.

import { createCkksOwner } from '../../encrypt/ckks/owner.ts'
import { openAnswering, packAnswer, readQuestion } from '../../encrypt/inference/answering.ts'
import { type CompiledNetwork, compileNetwork } from '../../encrypt/inference/compiled.ts'
import { createKeyHolder } from '../../encrypt/inference/keyHolder.ts'
import { encryptImage, latencyKeys, openLatencyService } from '../../encrypt/inference/latency.ts'
import { joinPieces } from '../../encrypt/seal/parcel.ts'
import { FrostglassError, throwIfAborted } from '../../errors.ts'
import { drawSecret, stream } from '../../secret/index.ts'
import type { Exhibit } from './exhibit.ts'
import { plainNetwork } from './keyFromAnswers.ts'

export const swappedAnswers: Exhibit = {
  name: 'swapped-answers',
  title: 'Answers to another question',
  claim: 'An answer that is read is the answer to the image that was asked.',
  source: 'attackers from outside',
  mended:
    'Each row of a question carries a random mask that its answer must have in it, and an answer names its question.',
  async run(form, { signal } = {}) {
    throwIfAborted(signal)
    const model = compileNetwork(plainNetwork())
    const measured = await (form === 'before' ? believedBefore(model) : believedToday(model))
    return { allowed: 0, measured, unit: 'answers to another image or question that are believed, of 3' }
  },
}

const size = 28 * 28
const image = (shade: number): Float64Array => new Float64Array(size).fill(shade)

/** As it was: an answer is whatever decrypts to numbers of ± 400. */
async function believedBefore({ plans, quiet }: CompiledNetwork): Promise<number> {
  const plan = plans.latency!
  const owner = await createCkksOwner(plan.parameters)
  const service = await openLatencyService(plan, quiet!, latencyKeys(owner, plan))
  try {
    const noMask = owner.encrypt([0], 0, 2 ** plan.answerPrecision)
    const answerTo = (shade: number) => {
      const sent = encryptImage(owner, plan, image(shade), stream(drawSecret(), 'question mask'))
      return service.infer([...sent.slice(0, -1), noMask])
    }
    const read = (answer: Uint8Array) =>
      owner.decryptAny(answer, { period: plan.period }).slice(0, plan.outputs)
    const [first, second] = [answerTo(0.2), answerTo(0.9)]
    // Two rows the wrong way round, and the first one once more for a question that comes later: read without a word.
    return [second, first, first].map(read).filter((answers) => answers.every((v) => Math.abs(v) <= 400))
      .length
  } finally {
    service.close()
    owner.close()
  }
}

/** From key to answer as a client asks, a key for each lie: one that is noticed may end it. */
async function believedToday(model: CompiledNetwork): Promise<number> {
  let believed = 0
  for (const lie of ['rows swapped', 'an old answer again', 'an old answer renamed'] as const) {
    const holder = await createKeyHolder(model.card, 'latency')
    const service = await openAnswering(model, holder.keys())
    const ask = async (...shades: number[]) => {
      const bytes = joinPieces(await holder.question(shades.map(image)))
      const question = readQuestion(bytes, model.plans)
      const rows: Uint8Array[][] = []
      for (const [r, row] of question.rows.entries()) rows.push(await service.answer(r, row, question.images))
      return { bytes, question, rows }
    }
    try {
      const old = await ask(0.2, 0.9)
      const oldAnswer = packAnswer(old.question, old.rows)
      await holder.read(oldAnswer, old.bytes)
      const fresh = await ask(0.5, 0.6)
      const answers = {
        'rows swapped': () => packAnswer(fresh.question, fresh.rows.toReversed()),
        'an old answer again': () => oldAnswer,
        'an old answer renamed': () => packAnswer(fresh.question, old.rows),
      }
      try {
        await holder.read(answers[lie](), fresh.bytes)
        believed++
      } catch (error) {
        if (!(error instanceof FrostglassError)) throw error
      }
    } finally {
      service.close()
      holder.close()
    }
  }
  return believed
}
