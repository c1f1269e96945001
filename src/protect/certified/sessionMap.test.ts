// A session's map: one draw for each code, of the channel's law, the same whenever it is asked for.

import { describe, expect, it } from 'vitest'
import { sessionMap } from './sessionMap.ts'

const secret = Uint8Array.from({ length: 32 }, (_, i) => i)
const channel = [
  [0.5, 0.2, 0.3],
  [0, 1, 0],
  [0.05, 0.05, 0.9],
]

describe('a session’s map', () => {
  it('is the same for the same secret and session, and recorded', () => {
    const long = Array.from({ length: 24 }, () => [0.25, 0.25, 0.25, 0.25])
    const map = sessionMap(long, secret, 'visit 7')
    expect(sessionMap(long, secret, 'visit 7')).toEqual(map)
    // Written once: another function would draw anew for sessions that were released.
    expect([...map].join('')).toBe('310122122332332301300200')
    expect(sessionMap(long, secret, 'visit 8')).not.toEqual(map)
    expect(sessionMap(long, secret.with(31, 0), 'visit 7')).not.toEqual(map)
    expect(() => sessionMap(long, secret.subarray(1), 'visit 7')).toThrow(RangeError)
  })

  it('has the channel’s law for each code, and codes are drawn apart', () => {
    const sessions = 6000
    const counts = channel.map((law) => law.map(() => 0))
    let both = 0
    for (let i = 0; i < sessions; i++) {
      const map = sessionMap(channel, secret, `session ${i}`)
      map.forEach((output, code) => {
        counts[code]![output]!++
      })
      if (map[0] === 0 && map[2] === 0) both++
    }
    const near = (count: number, chance: number) =>
      expect(Math.abs(count - sessions * chance)).toBeLessThanOrEqual(
        5 * Math.sqrt(sessions * chance * (1 - chance)),
      )
    channel.forEach((law, code) => {
      law.forEach((chance, output) => {
        near(counts[code]![output]!, chance)
      })
    })
    near(both, 0.5 * 0.05)
  })

  it('never draws what has no chance, though chances add up to a little less than 1', () => {
    const nearly = [[0.1, 0.2, 0.7 - 1e-10, 0]]
    for (let i = 0; i < 2000; i++) expect(sessionMap(nearly, secret, `${i}`)[0]).toBeLessThan(3)
  })
})
