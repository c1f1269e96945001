// A network that answers a picture which it cannot see: keys, question and answer as they travel.

import {
  answerPlainly,
  compileNetwork,
  createKeyHolder,
  openAnswering,
  packAnswer,
  readQuestion,
} from 'frostglass/encrypt'

// Sums, products and squares alone. Of four pixels it says how bright they are, and how unlike left and right.
const bias = new Float64Array(2)
const form = { kind: 'conv', filters: 2, kernel: [2, 2], stride: [1, 1], padding: [0, 0], bias } as const
const conv = { ...form, weights: Float64Array.of(0.5, 0.5, 0.5, 0.5, 0.5, -0.5, 0.5, -0.5) }
const dense = { kind: 'dense', outputs: 2, bias, weights: Float64Array.of(1, 0, 0, 1) } as const
const network = { input: [1, 2, 2], layers: [conv, { kind: 'square' }, dense] } as const
const model = compileNetwork(network, ['bright', 'uneven'])
const picture = [1, 0.25, 0.75, 0]

// The asker knows the model's card: shapes, no weight.
const holder = await createKeyHolder(model.card, 'latency')
const question = Buffer.concat([...(await holder.question([picture]))])
// The service.
const { rows, ...asked } = readQuestion(question, model.plans)
const service = await openAnswering(model, holder.keys())
const answer = packAnswer(asked, [await service.answer(0, rows[0]!, 1)])
service.close()
// The asker again: what is decrypted is for its owner, not for the service.
const [encrypted] = (await holder.read(answer)).forOwner().exact
holder.close()
const text = (values: Float64Array) => Array.from(values, (v) => v.toFixed(2)).join(', ')
console.log(`${question.length} bytes there, ${answer.length} back`)
console.log(`encrypted: ${text(encrypted!)}; in the plain: ${text(answerPlainly(network, picture).answers)}`)
