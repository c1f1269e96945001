// Answers beyond what the first prime holds: they came back wrapped around it, small again, and were believed.
// Source: attackers from outside. Before, every model had room for ± 512, and ± 400 was believed; today a model's own bound
// decides both. It shows a few answers, two of them as they were reported; bounds.ts bounds all.

import { createCkksOwner } from '../../encrypt/ckks/owner.ts'
import { openCkksService } from '../../encrypt/ckks/service.ts'
import { openAnswering, packAnswer, readQuestion } from '../../encrypt/inference/answering.ts'
import { compileNetwork } from '../../encrypt/inference/compiled.ts'
import { createKeyHolder } from '../../encrypt/inference/keyHolder.ts'
import type { PolynomialNetwork } from '../../encrypt/inference/network.ts'
import { ckksParameters } from '../../encrypt/seal/parameters.ts'
import { joinPieces } from '../../encrypt/seal/parcel.ts'
import { throwIfAborted } from '../../errors.ts'
import type { Exhibit } from './exhibit.ts'

/** Right answers; the first two came back as −321.97 and −22.62. */
const plain = [700.28, 999.62, -700.28, 1700.5]

export const wrappedAnswers: Exhibit = {
  name: 'wrapped-answers',
  title: 'Answers that wrap around their modulus',
  claim: 'An encrypted answer is the network’s, or an error.',
  source: 'attackers from outside',
  mended:
    'Outputs are bounded when a model is compiled, its primes hold the bound with room, and what is beyond it is refused.',
  async run(form, { quick = false, signal } = {}) {
    let worst = 0
    for (const value of quick ? plain.slice(0, 2) : plain) {
      throwIfAborted(signal)
      const got = await (form === 'before' ? answeredBefore(value) : answeredToday(value))
      worst = Math.max(worst, Math.abs(got - value))
    }
    return { allowed: 0.1, measured: worst, unit: 'most that an answer is off, without an error' }
  },
}

/** As it was: one scale and first prime for every model, and ± 400 to believe. */
async function answeredBefore(value: number): Promise<number> {
  const parameters = ckksParameters(1, 26)
  const owner = await createCkksOwner(parameters)
  const service = await openCkksService(owner.evaluationKeys({ relinearisation: true }))
  try {
    const [x, y] = [1, Math.sign(value)].map((sign) =>
      service.read(owner.encrypt(new Float64Array(owner.slots).fill(sign * Math.sqrt(Math.abs(value))))),
    )
    const product = service.settled(service.product(x!, y!))
    return owner.decrypt(service.write(product), { most: 400 })[0]!
  } finally {
    service.close()
    owner.close()
  }
}

/** A network whose answer to a white image this is, asked from key to answer. */
async function answeredToday(value: number): Promise<number> {
  const conv = { filters: 1, kernel: [1, 1], stride: [1, 1], padding: [0, 0] } as const
  const network: PolynomialNetwork = {
    input: [1, 28, 28],
    layers: [
      { kind: 'conv', ...conv, weights: Float64Array.of(1), bias: Float64Array.of(0) },
      { kind: 'square' },
      {
        kind: 'dense',
        outputs: 1,
        weights: new Float64Array(784).fill(value / 784),
        bias: new Float64Array(1),
      },
    ],
  }
  const model = compileNetwork(network)
  const holder = await createKeyHolder(model.card, 'latency')
  const service = await openAnswering(model, holder.keys())
  try {
    const bytes = joinPieces(await holder.question([new Float64Array(784).fill(1)]))
    const question = readQuestion(bytes, model.plans)
    const row = await service.answer(0, question.rows[0]!, 1)
    return (await holder.read(packAnswer(question, [row]))).forOwner().exact[0]![0]!
  } finally {
    service.close()
    holder.close()
  }
}
