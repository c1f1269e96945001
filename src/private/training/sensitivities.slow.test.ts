import { describe, expect, it } from 'vitest'
import { architectures, clippings, executors, openSubject, searchStream, worstRow } from './testing.ts'

// The same with more rounds, and the bounds that follow for ε, are in sensitivity.slow.test.ts.
describe('what one row adds, whatever it is, is at most the clipping norm', () => {
  it.each(architectures.flatMap((a) => clippings.map((clipping) => [a.name, clipping, a] as const)))(
    '%s, %s',
    async (name, clipping, architecture) => {
      for (const executor of executors) {
        const subject = await openSubject(architecture, { clipping, executor, clip: 0.7 })
        const climber =
          executor === 'plain'
            ? subject
            : await openSubject(architecture, { clipping, executor: 'plain', clip: 0.7 })
        const { length } = await worstRow(
          subject,
          climber,
          searchStream(`${name} ${clipping} ${executor}`),
          3,
        )
        expect(length).toBeLessThanOrEqual(1)
        // The search is no search unless it finds rows that are clipped.
        expect(length).toBeGreaterThan(0.97)
        await subject.close()
        if (climber !== subject) await climber.close()
      }
    },
  )
})
