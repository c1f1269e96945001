// Computing on what one cannot read (CKKS): the owner encrypts numbers, a service squares them, the owner decrypts.

import { ckksParameters, createCkksOwner, openCkksService } from 'frostglass/encrypt'

// One product, scale 2^30: parameters follow, at 128 bits of security.
const owner = await createCkksOwner(ckksParameters(1, 30))
const question = owner.encrypt([1, -2, 3.5])

// The service gets a ciphertext and public keys.
const service = await openCkksService(owner.evaluationKeys({ relinearisation: true }))
const numbers = service.read(question)
const answer = service.write(service.settled(service.product(numbers, numbers)))
service.close()

const squares = owner.decrypt(answer, { most: 100 })
console.log(
  `a question of ${question.length} bytes; squares: ${Array.from(squares.slice(0, 3), (v) => v.toFixed(3)).join(', ')}`,
)
console.log('they are for the owner alone: whoever shows them to the service may give the key away')
owner.close()
