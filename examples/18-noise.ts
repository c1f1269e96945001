// Differential privacy begins with noise of a known price: a count of people, and an answer that everybody may deny.

import { discreteLaplace, randomisedResponse } from 'frostglass/private'

// ε = sensitivity / scale. Draws are whole numbers, exact, from the system's generator: run it twice.
const count = discreteLaplace({ scale: 2 })
const draws = Array.from({ length: 5 }, () => count.invoke([120n])[0])
console.log(`120 people, told five times: ${draws.join(' ')}`)
console.log(
  `each costs ε = ${count.map(1).epsilon}; of somebody with three rows it tells ε = ${count.map(3).epsilon}`,
)

const answer = randomisedResponse({ categories: 2, epsilon: 1 })
const told = answer.invoke(Array.from({ length: 1000 }, () => 1))
const truly = told.filter((value) => value === 1).length
console.log(`of 1,000 people who would say yes, ${truly} said it: each may have been told to lie`)
