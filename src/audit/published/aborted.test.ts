// What takes long on a table is stopped by a signal that comes when it is under way.

import { expect, it } from 'vitest'
import { auditPublished } from './auditPublished.ts'
import { riskOf } from './risk/riskOf.ts'
import { auditSynthetic } from './synthetic/auditSynthetic.ts'
import { people } from './testing.ts'

/** A signal for the first turn that others have. */
function soon(): AbortSignal {
  const stop = new AbortController()
  setImmediate(() => stop.abort())
  return stop.signal
}

const [original, control] = [people(20_000, 1), people(2000, 2)]
const quasi = original.columns.map(({ name }) => name)

it('an audit of a published table', async () => {
  await expect(
    auditPublished(
      { original, published: original, quasi: quasi.slice(0, 3), sensitive: ['ill'] },
      { name: 'published', seed: 1, signal: soon() },
    ),
  ).rejects.toMatchObject({ code: 'aborted' })
})

it('the risk of a table', async () => {
  const options = { largestSubset: 5, signal: soon() }
  await expect(riskOf(original, quasi, options)).rejects.toMatchObject({ code: 'aborted' })
})

it('an audit of a synthetic table', async () => {
  await expect(
    auditSynthetic(
      { original, control, synthetic: original },
      { name: 'synthetic', seed: 1, signal: soon() },
    ),
  ).rejects.toMatchObject({ code: 'aborted' })
})
